import { expect, it } from "vitest";
import { pointsOf } from "./points.ts";

it("a share is what came to the artist of what was paid, to the hundredth of a percent", () => {
  const share = (own: string, all: string) =>
    pointsOf({ amount: { asset: "BEAT", amount: own }, paid: { asset: "BEAT", amount: all } });
  expect(share("4200000", "7000000")).toBe(6_000);
  expect(share("4511", "14000")).toBe(3_222);
  expect(share("2", "3")).toBe(6_667);
  expect(share("0", "0")).toBe(0);
});
