import { expect, test } from "vitest";
import { nextOf } from "./next.ts";

test("a log-in leads back to where one is", () => {
  expect(nextOf({ pathname: "/r/1", href: "/r/1?tab=2", search: {} })).toBe("/r/1?tab=2");
});

test("from a log-in to the next one the way back is the same", () => {
  expect(nextOf({ pathname: "/login", href: "/login?next=/r/1", search: { next: "/r/1" } })).toBe("/r/1");
  expect(nextOf({ pathname: "/join", href: "/join", search: {} })).toBeUndefined();
});

test("the first screen is where a log-in leads by itself", () => {
  expect(nextOf({ pathname: "/", href: "/", search: {} })).toBeUndefined();
});
