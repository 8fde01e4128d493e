import { expect, test } from "vitest";
import { nextSearch } from "../features/account/next-search.ts";
import { crateSearch } from "../features/crate/crate-search.ts";
import { searchSearch } from "../features/search/search-search.ts";

// The router lays what a screen made of an address over what the address says.
const read = (asked: Record<string, unknown>, by: (asked: Record<string, unknown>) => object) => ({
  ...asked,
  ...by(asked),
});

test("what an address says in a form that nobody reads is not there", () => {
  for (const odd of [1, true, {}, ["/x", "/y"], null]) {
    expect(read({ next: odd }, nextSearch)).toEqual({});
    expect(read({ sort: odd, tab: "tracks" }, crateSearch)).toEqual({ tab: "tracks" });
  }
  for (const odd of [true, {}, ["a"], null]) {
    expect(read({ q: odd, type: "album" }, searchSearch)).toEqual({ type: "album" });
  }
  expect(read({ next: "/r/1", else: 1 }, nextSearch)).toEqual({ next: "/r/1" });
});
