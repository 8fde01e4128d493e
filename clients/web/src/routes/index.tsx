import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { firstOf } from "../app/written.ts";
import { albumTracksQuery } from "../features/catalogue/queries.ts";
import { Listen } from "../features/listen/listen.tsx";
import { newReleasesQuery, newTracksQuery } from "../features/listen/queries.ts";

export const Route = createFileRoute("/")({
  loader: () => firstOf(Promise.all([opening(), queryClient.prefetchInfiniteQuery(newTracksQuery)])),
  component: Listen,
});

/** The newest releases, and the tracks of the one that leads. */
async function opening() {
  await queryClient.prefetchInfiniteQuery(newReleasesQuery);
  const lead = queryClient.getQueryData(newReleasesQuery.queryKey)?.pages[0]?.items[0];
  if (lead) {
    await queryClient.prefetchQuery(albumTracksQuery(lead.id));
  }
}
