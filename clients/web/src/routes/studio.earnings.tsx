import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { EarningsScreen } from "../features/earnings/earnings.tsx";

export const Route = createFileRoute("/studio/earnings")({
  // The names of sums are the wallet's.
  beforeLoad: () => openTexts("wallet"),
  component: EarningsScreen,
});
