import { createFileRoute } from "@tanstack/react-router";
import { LooseTrack } from "../features/studio/loose-track.tsx";

export const Route = createFileRoute("/studio/tracks/$track")({
  component: function Track() {
    const { track } = Route.useParams();
    return <LooseTrack key={track} id={track} />;
  },
});
