import { createFileRoute } from "@tanstack/react-router";
import { ReleaseEditor } from "../features/studio/release.tsx";

export const Route = createFileRoute("/studio/releases/$release")({
  component: function Release() {
    const { release } = Route.useParams();
    return <ReleaseEditor key={release} release={release} />;
  },
});
