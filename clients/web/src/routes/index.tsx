import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { Listen } from "../features/listen/listen.tsx";
import { newReleasesQuery, newTracksQuery } from "../features/listen/queries.ts";

export const Route = createFileRoute("/")({
  loader: () => {
    void queryClient.prefetchInfiniteQuery(newReleasesQuery);
    void queryClient.prefetchInfiniteQuery(newTracksQuery);
  },
  component: Listen,
});
