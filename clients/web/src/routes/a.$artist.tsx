import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { ArtistScreen } from "../features/artist/artist.tsx";
import { artistQuery } from "../features/catalogue/queries.ts";

export const Route = createFileRoute("/a/$artist")({
  loader: ({ params }) => void queryClient.prefetchQuery(artistQuery(params.artist)),
  component: ArtistRoute,
});

function ArtistRoute() {
  const { artist } = Route.useParams();
  return <ArtistScreen key={artist} id={artist} />;
}
