import { createFileRoute } from "@tanstack/react-router";
import { Search } from "../features/search/search.tsx";
import { searchSearch } from "../features/search/search-search.ts";

export const Route = createFileRoute("/search")({ validateSearch: searchSearch, component: SearchRoute });

function SearchRoute() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return <Search search={search} change={(next) => void navigate({ search: next, replace: true })} />;
}
