import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { ArtistEditor } from "../features/studio/artist.tsx";

export const Route = createFileRoute("/studio/artist")({
  // The names of sums are the wallet's.
  beforeLoad: () => openTexts("wallet"),
  component: ArtistEditor,
});
