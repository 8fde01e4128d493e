import { only } from "../../app/only.ts";

/** What the address of a log-in says: where to go on to. */
export function nextSearch(search: Record<string, unknown>): { next?: string } {
  return only(search, typeof search.next === "string" ? { next: search.next } : {});
}
