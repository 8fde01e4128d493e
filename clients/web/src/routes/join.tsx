import { createFileRoute } from "@tanstack/react-router";
import { openTexts } from "../app/i18n.ts";
import { Join } from "../features/account/join.tsx";
import { nextSearch } from "../features/account/next-search.ts";

export const Route = createFileRoute("/join")({
  validateSearch: nextSearch,
  beforeLoad: () => openTexts("account"),
  component: JoinRoute,
});

function JoinRoute() {
  return <Join next={Route.useSearch().next} />;
}
