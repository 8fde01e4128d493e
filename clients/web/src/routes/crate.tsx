import { createFileRoute } from "@tanstack/react-router";
import { Crate } from "../features/crate/crate.tsx";
import { crateSearch } from "../features/crate/crate-search.ts";

export const Route = createFileRoute("/crate")({ validateSearch: crateSearch, component: CrateRoute });

function CrateRoute() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return <Crate search={search} change={(next) => void navigate({ search: next, replace: true })} />;
}
