import type { Ribbon } from "@resonance/sdk/ribbon";
import { describe, expect, it } from "vitest";
import { type Left, wayBack as wayBackOf } from "./way-back.ts";

const wayBack = (left: readonly Left[], paid: Ribbon) => wayBackOf(left, paid, 45_000);
const left = (ms: number, untilMs: number) => ({ ms, untilMs });

describe("where a track plays on of which no more is sent unpaid", () => {
  it("is where the listener was last, if enough was there", () => {
    expect(wayBack([left(4_000, 9_000), left(20_000, 24_000)], [])).toBe(20_000);
    expect(wayBack([left(4_000, 9_000), left(20_000, 22_000)], [])).toBe(4_000);
  });

  it("is not just before the end, as long as there is something else", () => {
    expect(wayBack([left(4_000, 9_000), left(40_000, 45_000)], [])).toBe(4_000);
    expect(wayBack([left(40_000, 45_000)], [])).toBe(40_000);
  });

  it("is where most was, if it was nowhere enough", () => {
    expect(wayBack([left(4_000, 6_500), left(20_000, 22_000)], [])).toBe(4_000);
  });

  it("is not what was heard already, as long as there is something else", () => {
    const left0 = left(4_000, 9_000);
    expect(wayBack([left0], [[0, 5_000]])).toBe(5_000);
    expect(wayBack([left0, left(20_000, 30_000)], [[19_000, 29_500]])).toBe(4_000);
    expect(
      wayBack(
        [left(4_000, 9_000)],
        [
          [0, 4_200],
          [5_000, 12_000],
        ],
      ),
    ).toBe(5_000);
  });

  it("is what was paid for, or the beginning, where nothing else is known", () => {
    expect(
      wayBack(
        [],
        [
          [2_000, 4_000],
          [8_000, 14_000],
        ],
      ),
    ).toBe(8_000);
    expect(wayBack([left(9_000, 9_200)], [])).toBe(0);
  });
});
