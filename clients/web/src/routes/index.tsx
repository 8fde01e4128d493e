import { createFileRoute } from "@tanstack/react-router";
import { meQuery } from "../app/me.ts";
import { queryClient } from "../app/query.ts";
import { firstOf, isWritten } from "../app/written.ts";
import { albumTracksQuery } from "../features/catalogue/queries.ts";
import { Listen } from "../features/listen/listen.tsx";
import { newReleasesQuery, newTracksQuery, nowPlayingQuery } from "../features/listen/queries.ts";

export const Route = createFileRoute("/")({
  loader: () =>
    firstOf(Promise.all([opening(), queryClient.prefetchInfiniteQuery(newTracksQuery), stopped()])),
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

/** What was left, for who is no visitor, or is not known to be one: then it comes beside the answer who it is. */
async function stopped() {
  if (!isWritten && queryClient.getQueryData(meQuery.queryKey) !== null) {
    await queryClient.prefetchQuery(nowPlayingQuery);
  }
}
