import type { Reading } from "@resonance/sdk/meterplay";
import { describe, expect, it } from "vitest";
import { purseBy, spokenOf } from "./paying.ts";

const reading = (beatsRemaining: number, spent = 0n, cap?: bigint): Reading => ({
  trackId: "track",
  sessionId: "session",
  phase: "running",
  reason: undefined,
  reachedCap: undefined,
  asset: "BEAT",
  price: 1n,
  seq: 0,
  beats: 0,
  spent,
  committedSeq: 0,
  beatsRemaining,
  cap,
  late: false,
});

describe("what a screen reader says of the meter", () => {
  const said = (before: Reading | undefined, now: Reading) => spokenOf(undefined, before, now);
  const left = (seconds: number) => ({ what: "left", seconds, at: 0 });

  it("is for how many seconds there is enough, at a minute and at little, once each", () => {
    expect(said(reading(61), reading(60))).toEqual(left(60));
    expect(said(reading(60), reading(59))).toBeUndefined();
    expect(said(reading(16), reading(15))).toEqual(left(15));
    expect(said(reading(15), reading(14))).toBeUndefined();
  });

  it("is the seconds that there are, where there were never more", () => {
    expect(said(undefined, reading(25))).toEqual(left(25));
    expect(said(undefined, reading(10))).toEqual(left(10));
    expect(said(undefined, reading(0))).toBeUndefined();
  });

  it("is that half of the cap is spent, once", () => {
    expect(said(reading(99, 4n, 10n), reading(98, 5n, 10n))?.what).toBe("half");
    expect(said(reading(98, 5n, 10n), reading(97, 6n, 10n))).toBeUndefined();
    expect(said(reading(98, 5n), reading(97, 6n))).toBeUndefined();
  });

  it("goes away when it is true no longer", () => {
    const soon = said(reading(16), reading(15));
    const then = (now: Partial<Reading>) => spokenOf(soon, reading(15), { ...reading(14), ...now });
    expect(then({ seq: 1 })).toBe(soon);
    expect(then({ seq: 4 })).toBeUndefined();
    expect(then({ phase: "paused" })).toBeUndefined();
    expect(then({ beatsRemaining: 75 })).toBeUndefined();
    expect(then({ cap: 9n })).toBeUndefined();
  });
});

describe("what there was when the play began", () => {
  const running = (spent: bigint) => ({ spent, price: 2n });

  it("is what there is and what was spent of it", () => {
    expect(purseBy(undefined, 90n, running(10n))).toBe(100n);
  });

  it("stands while the server is behind by what is under way", () => {
    expect(purseBy(100n, 94n, running(10n))).toBe(100n);
    expect(purseBy(100n, 88n, running(10n))).toBe(100n);
  });

  it("moves with what came and went besides", () => {
    expect(purseBy(100n, 165n, running(10n))).toBe(175n);
    expect(purseBy(100n, 40n, running(10n))).toBe(50n);
    expect(purseBy(100n, 99n, running(0n))).toBe(99n);
  });
});
