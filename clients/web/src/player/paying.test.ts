import type { Reading } from "@resonance/sdk/meterplay";
import { describe, expect, it } from "vitest";
import { spokenOf } from "./paying.ts";

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
  it("is that a minute is left, and that little is, once each", () => {
    expect(spokenOf(reading(61), reading(60))).toBe("minute");
    expect(spokenOf(reading(60), reading(59))).toBeUndefined();
    expect(spokenOf(reading(16), reading(15))).toBe("soon");
    expect(spokenOf(reading(15), reading(14))).toBeUndefined();
    expect(spokenOf(undefined, reading(10))).toBe("soon");
  });

  it("is that half of the cap is spent, once", () => {
    expect(spokenOf(reading(99, 4n, 10n), reading(98, 5n, 10n))).toBe("half");
    expect(spokenOf(reading(98, 5n, 10n), reading(97, 6n, 10n))).toBeUndefined();
    expect(spokenOf(reading(98, 5n), reading(97, 6n))).toBeUndefined();
  });
});
