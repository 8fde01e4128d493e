import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { AdminFrame } from "../features/admin/frame.tsx";

export const Route = createFileRoute("/admin")({
  beforeLoad: () => openTexts("admin"),
  component: AdminFrame,
});
