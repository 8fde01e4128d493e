import { describe, expect, it } from "vitest";
import type { Earnings } from "./queries.ts";
import { hasBegun, isOther, newest, whyNone } from "./standing.ts";

const standing = (amount: string) => ({
  balances: [{ asset: "BEAT", earned: "0", payable: "0", disputed: "0" }],
  live: { asset: "BEAT", amount },
  open: { asset: "BEAT", amount },
  listening: 1,
});

const asked = (at: string): Earnings => ({
  ...standing("5"),
  artistId: "page",
  at,
  holdDays: 30,
  items: [],
  tips: [],
});

describe("what an artist has now", () => {
  it("is what the server looked at last, whichever way it came", () => {
    const at = Date.parse("2026-11-22T09:00:00Z");
    const told = { at, standing: standing("7") };
    expect(newest(undefined, undefined)).toBeUndefined();
    expect(newest(undefined, told)?.live.amount).toBe("7");
    expect(newest(asked("2026-11-22T08:59:59Z"), told)?.live.amount).toBe("7");
    expect(newest(asked("2026-11-22T09:00:01Z"), told)?.live.amount).toBe("5");
    expect(newest(asked("2026-11-22T09:00:01Z"), undefined)?.live.amount).toBe("5");
  });

  it("has begun with the first second, though whoever hears it has paused", () => {
    const rests = (earned: string, open: string) => ({
      balances: [{ asset: "BEAT", earned, payable: "0", disputed: "0" }],
      live: { asset: "BEAT", amount: "0" },
      open: { asset: "BEAT", amount: open },
      listening: 0,
    });
    expect(hasBegun(undefined)).toBe(false);
    expect(hasBegun(rests("0", "0"))).toBe(false);
    expect(hasBegun(rests("15", "0"))).toBe(true);
    expect(hasBegun(rests("0", "1"))).toBe(true);
    const contested = [{ asset: "BEAT", earned: "0", payable: "0", disputed: "15" }];
    expect(hasBegun({ ...rests("0", "0"), balances: contested })).toBe(true);
    expect(hasBegun(standing("0"))).toBe(true);
  });
});

describe("what is asked for again", () => {
  const at = (earned: string, live = "0", open = "0", points = "0") => ({
    balances: [
      { asset: "BEAT", earned, payable: "0", disputed: "0" },
      { asset: "BTN", earned: points, payable: "0", disputed: "0" },
    ],
    live: { asset: "BEAT", amount: live },
    open: { asset: "BEAT", amount: open },
    listening: 1,
  });

  it("is not what somebody hears, posted or not", () => {
    expect(isOther(at("24", "5", "5"), at("24", "6", "6"))).toBe(false);
    expect(isOther(at("24", "5", "5"), at("30", "0", "6"))).toBe(false);
  });

  it("is what a tip moved, of beats and of points, though nobody listens or somebody does", () => {
    expect(isOther(at("24"), at("475"))).toBe(true);
    expect(isOther(at("24", "5", "5"), at("26", "6", "6"))).toBe(true);
    expect(isOther(at("24"), at("24", "0", "0", "3"))).toBe(true);
  });

  it("is what came of a play that has ended", () => {
    expect(isOther(at("24", "5", "5"), at("29"))).toBe(true);
  });
});

it("is not said to have been heard by nobody when all of it was given back", () => {
  const rests = { ...standing("0"), open: { asset: "BEAT", amount: "0" }, listening: 0 };
  expect(whyNone(rests, false)).toBe("none");
  expect(whyNone(rests, true)).toBe("back");
  expect(whyNone(standing("5"), true)).toBe("first");
});
