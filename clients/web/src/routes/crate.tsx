import { createFileRoute } from "@tanstack/react-router";

export const Route = createFileRoute("/crate")({ component: () => null });
