import { createFileRoute } from "@tanstack/react-router";
import { StudioHome } from "../features/studio/home.tsx";

export const Route = createFileRoute("/studio/")({ component: StudioHome });
