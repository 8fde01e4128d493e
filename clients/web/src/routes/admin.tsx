import { createFileRoute } from "@tanstack/react-router";
import { AdminFrame } from "../features/admin/frame.tsx";

export const Route = createFileRoute("/admin")({ component: AdminFrame });
