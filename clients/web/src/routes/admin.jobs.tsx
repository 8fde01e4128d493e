import { createFileRoute } from "@tanstack/react-router";
import { Jobs } from "../features/admin/jobs.tsx";

export const Route = createFileRoute("/admin/jobs")({ component: Jobs });
