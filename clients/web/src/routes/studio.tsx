import { createFileRoute } from "@tanstack/react-router";
import { StudioFrame } from "../features/studio/frame.tsx";

export const Route = createFileRoute("/studio")({ component: StudioFrame });
