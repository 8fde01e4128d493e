import { createFileRoute } from "@tanstack/react-router";
import { queryClient } from "../app/query.ts";
import { trackQuery } from "../features/catalogue/queries.ts";
import { TrackScreen } from "../features/track/track.tsx";

export const Route = createFileRoute("/t/$track")({
  loader: ({ params }) => void queryClient.prefetchQuery(trackQuery(params.track)),
  component: TrackRoute,
});

function TrackRoute() {
  const { track } = Route.useParams();
  return <TrackScreen key={track} id={track} />;
}
