import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { Settings } from "../features/settings/settings.tsx";

export const Route = createFileRoute("/settings")({
  beforeLoad: () => openTexts("account"),
  component: Settings,
});
