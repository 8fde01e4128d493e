import { describe, expect, it } from "vitest";
import { paidUpTo, type Ribbon } from "../src/ribbon.ts";

const paid = (...places: number[]) => places.reduce<Ribbon>(paidUpTo, []);

describe("the ribbon of what was paid for", () => {
  it("grows with each second", () => {
    expect(paid(1000)).toEqual([[0, 1000]]);
    expect(paid(1010, 2400, 3300)).toEqual([[10, 3300]]);
  });

  it("has a gap where nothing was heard, in order of the track", () => {
    expect(paid(31_000, 2000)).toEqual([
      [1000, 2000],
      [30_000, 31_000],
    ]);
  });

  it("closes a gap that is filled", () => {
    expect(paid(1000, 3000, 2000)).toEqual([[0, 3000]]);
  });

  it("does not begin before the track", () => {
    expect(paid(300)).toEqual([[0, 300]]);
  });
});
