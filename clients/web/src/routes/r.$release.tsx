import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { firstOf } from "../app/written.ts";
import { albumQuery, albumTracksQuery } from "../features/catalogue/queries.ts";
import { Release } from "../features/release/release.tsx";

export const Route = createFileRoute("/r/$release")({
  loader: ({ params }) =>
    firstOf(
      Promise.all([
        queryClient.prefetchQuery(albumQuery(params.release)),
        queryClient.prefetchQuery(albumTracksQuery(params.release)),
      ]),
    ),
  component: ReleaseRoute,
});

function ReleaseRoute() {
  const { release } = Route.useParams();
  return <Release key={release} id={release} />;
}
