import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { albumQuery, albumTracksQuery } from "../features/catalogue/queries.ts";
import { Release } from "../features/release/release.tsx";

export const Route = createFileRoute("/r/$release")({
  loader: ({ params }) => {
    void queryClient.prefetchQuery(albumQuery(params.release));
    void queryClient.prefetchQuery(albumTracksQuery(params.release));
  },
  component: ReleaseRoute,
});

function ReleaseRoute() {
  const { release } = Route.useParams();
  return <Release key={release} id={release} />;
}
