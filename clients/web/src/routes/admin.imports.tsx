import { createFileRoute } from "@tanstack/react-router";
import { Imports } from "../features/admin/imports.tsx";

export const Route = createFileRoute("/admin/imports")({ component: Imports });
