import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { StudioFrame } from "../features/studio/frame.tsx";

export const Route = createFileRoute("/studio")({
  beforeLoad: () => openTexts("studio"),
  component: StudioFrame,
});
