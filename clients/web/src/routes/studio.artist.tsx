import { createFileRoute } from "@tanstack/react-router";
import { ArtistEditor } from "../features/studio/artist.tsx";

export const Route = createFileRoute("/studio/artist")({ component: ArtistEditor });
