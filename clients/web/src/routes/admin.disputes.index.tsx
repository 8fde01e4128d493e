import { createFileRoute } from "@tanstack/react-router";
import { Disputes } from "../features/admin/disputes.tsx";

export const Route = createFileRoute("/admin/disputes/")({ component: Disputes });
