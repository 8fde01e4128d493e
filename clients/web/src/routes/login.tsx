import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { LogIn } from "../features/account/log-in.tsx";
import { nextSearch } from "../features/account/next-search.ts";

export const Route = createFileRoute("/login")({
  validateSearch: nextSearch,
  beforeLoad: () => openTexts("account"),
  component: LogInRoute,
});

function LogInRoute() {
  return <LogIn next={Route.useSearch().next} />;
}
