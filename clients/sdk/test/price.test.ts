import { expect, it } from "vitest";
import { priceOf, restOf } from "../src/price.ts";

const beat = (amount: string) => ({ asset: "BEAT", amount });

it("costs nothing where nothing has a price", () => {
  expect(priceOf([])).toBeUndefined();
  expect(
    priceOf([
      { pricePerSecond: null, durationMs: 1000 },
      { pricePerSecond: beat("0"), durationMs: 1 },
    ]),
  ).toBeUndefined();
});

it("counts a second that has begun", () => {
  expect(priceOf([{ pricePerSecond: beat("250000"), durationMs: 213_001 }])).toEqual({
    low: beat("250000"),
    high: beat("250000"),
    most: beat("53500000"),
    partly: false,
  });
});

it("adds up what differs, and says that a part is free", () => {
  expect(
    priceOf([
      { pricePerSecond: beat("400000"), durationMs: 10_000 },
      { durationMs: 60_000 },
      { pricePerSecond: beat("100000"), durationMs: 9_500 },
    ]),
  ).toEqual({ low: beat("100000"), high: beat("400000"), most: beat("5000000"), partly: true });
});

it("adds no two assets", () => {
  expect(() =>
    priceOf([
      { pricePerSecond: beat("1"), durationMs: 1 },
      { pricePerSecond: { asset: "USDC", amount: "1" }, durationMs: 1 },
    ]),
  ).toThrow(RangeError);
});

it("knows what the rest of a track costs", () => {
  const track = { pricePerSecond: beat("500000"), durationMs: 45_400 };
  expect(restOf(track, 0)).toEqual(priceOf([track])?.most);
  expect(restOf(track, 41_700)).toEqual(beat("2500000"));
  // Its beat is counted by now.
  expect(restOf(track, 41_900)).toEqual(beat("2000000"));
  expect(restOf(track, 46_000)).toEqual(beat("500000"));
  expect(restOf({ durationMs: 45_400 }, 0)).toBeUndefined();
});
