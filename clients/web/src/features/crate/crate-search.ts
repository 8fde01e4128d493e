import { only } from "../../app/only.ts";
import { type Filter, readFilter } from "../catalogue/filter.ts";

export const TABS = ["albums", "artists", "tracks", "likes", "history"] as const;
export type Tab = (typeof TABS)[number];

export const SORTS = ["released", "created", "title", "plays", "likes"] as const;
export type Sort = (typeof SORTS)[number];

/** What the address of the crate says. */
export interface CrateSearch extends Filter {
  tab?: Tab;
  sort?: Sort;
  order?: "asc" | "desc";
  /** Only the artists that the listener follows. */
  following?: boolean;
}

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((each) => each === value);
}

/** Reads an address; what makes no sense is left out. */
export function crateSearch(search: Record<string, unknown>): CrateSearch {
  const [tab, sort] = [oneOf(TABS, search.tab), oneOf(SORTS, search.sort)];
  const order = oneOf(["asc", "desc"] as const, search.order);
  return only(search, {
    ...(tab && { tab }),
    ...(sort && { sort }),
    ...(order && { order }),
    ...(search.following === true && { following: true }),
    ...readFilter(search),
  });
}

/** How a list is ordered unless somebody wants it otherwise: titles from A, all else from the top. */
export function usualOrder(sort: Sort): "asc" | "desc" {
  return sort === "title" ? "asc" : "desc";
}
