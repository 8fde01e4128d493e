import { createFileRoute } from "@tanstack/react-router";
import { Now } from "../features/now/now.tsx";

export const Route = createFileRoute("/now")({ component: Now });
