import { createFileRoute } from "@tanstack/react-router";
import { Points } from "../features/points/points.tsx";

export const Route = createFileRoute("/wallet/points")({ component: Points });
