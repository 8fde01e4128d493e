import { only } from "../../app/only.ts";
import { type Filter, readFilter } from "../catalogue/filter.ts";

export const KINDS = ["track", "album", "artist"] as const;
export type Kind = (typeof KINDS)[number];

/** What the address of the search says. */
export interface SearchSearch extends Filter {
  q?: string;
  /** One kind alone, as a long list that can be narrowed; all of them, the best of each, unless said. */
  type?: Kind;
}

/** Longer ones are refused by the server. */
export const LONGEST = 200;

/** Reads an address; what makes no sense is left out. */
export function searchSearch(search: Record<string, unknown>): SearchSearch {
  const q = typeof search.q === "string" || typeof search.q === "number" ? String(search.q) : "";
  const type = KINDS.find((kind) => kind === search.type);
  return only(search, { ...(q && { q: q.slice(0, LONGEST) }), ...(type && { type }), ...readFilter(search) });
}
