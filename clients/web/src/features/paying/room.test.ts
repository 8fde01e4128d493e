import { describe, expect, it } from "vitest";
import { roomAfter, spentOf } from "./room.ts";

const B = (beats: number) => ({ asset: "BEAT", amount: String(BigInt(Math.round(beats * 1_000_000))) });
const none = { perPlay: null, perDay: null, perMonth: null, perArtist: null };
const spent = (today: number, thisMonth = today, onArtist = 0) => ({
  today: B(today),
  thisMonth: B(thisMonth),
  artists: [{ artistId: "ines", name: "Inés", spent: B(onArtist) }],
});
const at = (own: number, cap?: number) => ({
  own: BigInt(own * 1_000_000),
  cap: cap === undefined ? undefined : BigInt(cap * 1_000_000),
  price: 1_000_000n,
});

describe("what is bought by raising a cap", () => {
  it("is the raise, where nothing else is nearer", () => {
    const raised = { kind: "perPlay", by: B(25) } as const;
    expect(roomAfter(raised, { ...none, perPlay: B(5) }, spent(5), "ines", 5_000_000n, at(100, 5))).toEqual({
      seconds: 25,
      ends: "perPlay",
    });
  });

  it("ends at another cap that is nearer", () => {
    const caps = { ...none, perPlay: B(5), perDay: B(12) };
    const raised = { kind: "perPlay", by: B(25) } as const;
    expect(roomAfter(raised, caps, spent(5), "ines", 5_000_000n, at(100, 5))).toEqual({
      seconds: 7,
      ends: "perDay",
    });
    const day = { kind: "perDay", by: B(10) } as const;
    expect(roomAfter(day, { ...caps, perPlay: B(17) }, spent(12), "ines", 12_000_000n, at(100, 17))).toEqual({
      seconds: 5,
      ends: "perPlay",
    });
  });

  it("ends at the end of the balance, and at the cap for the artist", () => {
    const raised = { kind: "perPlay", by: B(25) } as const;
    const caps = { ...none, perPlay: B(5), perArtist: B(40) };
    expect(roomAfter(raised, caps, spent(5, 5, 36), "ines", 5_000_000n, at(100, 5)).seconds).toBe(4);
    expect(roomAfter(raised, caps, spent(5), "ines", 5_000_000n, at(3, 5))).toEqual({
      seconds: 3,
      ends: "balance",
    });
  });
});

describe("what is spent of a cap", () => {
  it("is not less than this play has cost", () => {
    expect(spentOf("perDay", B(12), spent(11), "ines", 12_000_000n, 1_000_000n)).toEqual(B(12));
  });

  it("is not told while the answer is older than the last beat: of a reached cap no second is left", () => {
    expect(spentOf("perMonth", B(75), spent(11, 74), "ines", 12_000_000n, 999_999n)).toBeUndefined();
    expect(spentOf("perMonth", B(75), spent(11, 74.5), "ines", 12_000_000n, 999_999n)).toEqual(B(74.5));
    expect(spentOf("perPlay", B(75), spent(11, 74.5), "ines", 12_000_000n, 999_999n)).toBeUndefined();
  });
});
