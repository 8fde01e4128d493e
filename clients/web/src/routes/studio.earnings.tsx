import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { only } from "../app/only.ts";
import { EarningsScreen } from "../features/earnings/earnings.tsx";

export const Route = createFileRoute("/studio/earnings")({
  // News of a page leads to the earnings of that one.
  validateSearch: (search: Record<string, unknown>): { page?: string } =>
    only(search, typeof search.page === "string" ? { page: search.page } : {}),
  // The names of sums are the wallet's.
  beforeLoad: () => openTexts("wallet"),
  component: EarningsScreen,
});
