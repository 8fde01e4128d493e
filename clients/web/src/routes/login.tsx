import { createFileRoute } from "@tanstack/react-router";
import { LogIn } from "../features/account/log-in.tsx";
import { nextSearch } from "../features/account/next-search.ts";

export const Route = createFileRoute("/login")({ validateSearch: nextSearch, component: LogInRoute });

function LogInRoute() {
  return <LogIn next={Route.useSearch().next} />;
}
