import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { Notifications } from "../features/notifications/notifications.tsx";

export const Route = createFileRoute("/notifications")({
  beforeLoad: () => openTexts("notifications"),
  component: Notifications,
});
