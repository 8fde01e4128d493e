import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { only } from "../app/only.ts";
import { Setup } from "../features/setup/setup.tsx";

export const Route = createFileRoute("/setup")({
  validateSearch: (search: Record<string, unknown>): { token?: string } =>
    only(
      search,
      typeof search.token === "string" || typeof search.token === "number"
        ? { token: String(search.token) }
        : {},
    ),
  // What is wrong with a name or a password is said as it is to whoever joins.
  loader: () => Promise.all([openTexts("admin"), openTexts("account")]),
  component: function SetUp() {
    const { token } = Route.useSearch();
    return <Setup token={token} />;
  },
});
