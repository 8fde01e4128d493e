import { expect, test } from "vitest";
import { withoutPending, withPending } from "./pending.ts";

test("a payment is kept once, for the account that made it", () => {
  const kept = withPending(withPending({}, "ana", "1"), "ben", "2");
  expect(kept).toEqual({ ana: ["1"], ben: ["2"] });
  expect(withPending(kept, "ana", "1")).toBe(kept);
});

test("what is over is forgotten, and with the last one the account", () => {
  const kept = { ana: ["1", "3"], ben: ["2"] };
  expect(withoutPending(kept, "ana", "1")).toEqual({ ana: ["3"], ben: ["2"] });
  expect(withoutPending(kept, "ben", "2")).toEqual({ ana: ["1", "3"] });
  expect(withoutPending(kept, "cem", "9")).toEqual(kept);
});
