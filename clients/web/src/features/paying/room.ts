import type { money } from "@resonance/sdk";
import type { Cap } from "@resonance/sdk/meterframes";
import { type Caps, KINDS, type Spending } from "./caps.ts";

const beats = (amount: bigint): money.Amount => ({ asset: "BEAT", amount: amount.toString() });
const larger = (one: bigint, other: bigint) => (one > other ? one : other);

/** What the answer says to be spent of a cap by more than one play. */
function toldOf(kind: Cap, { today, thisMonth, artists }: Spending, artist: string): bigint | undefined {
  const onArtist = artists.find(({ artistId }) => artistId === artist)?.spent;
  const told = { perPlay: undefined, perDay: today, perMonth: thisMonth, perArtist: onArtist }[kind];
  return told && BigInt(told.amount);
}

/**
 * What is spent of a cap that is reached: no less than this play has cost. An answer that leaves a second more was given
 * before the last one was counted: nothing is said of it.
 */
export function spentOf(
  kind: Cap,
  cap: money.Amount,
  spending: Spending,
  artist: string,
  ofPlay: bigint,
  price: bigint,
): money.Amount | undefined {
  const told = toldOf(kind, spending, artist);
  const known = told === undefined ? undefined : larger(told, ofPlay);
  return known === undefined || BigInt(cap.amount) - known >= price ? undefined : beats(known);
}

interface Play {
  /** What the account has. */
  own: bigint | undefined;
  /** What this play may cost as it stands. */
  cap: bigint | undefined;
  price: bigint;
}

/** How many seconds can be heard once a cap is raised, and what they end at. */
export function roomAfter(
  { kind: raised, by }: { kind: Cap; by: money.Amount },
  caps: Caps,
  spending: Spending | undefined,
  artist: string,
  ofPlay: bigint,
  { own, cap, price }: Play,
): { seconds: number; ends: Cap | "balance" } {
  const more = BigInt(by.amount);
  const rooms = KINDS.flatMap((kind): [Cap, bigint][] => {
    const limit = caps[kind];
    if (kind === raised) {
      return [[kind, kind === "perPlay" && cap !== undefined ? larger(cap - ofPlay, 0n) + more : more]];
    }
    if (!limit) {
      return [];
    }
    const left = BigInt(limit.amount) - larger((spending && toldOf(kind, spending, artist)) ?? 0n, ofPlay);
    // The cap of a play that went on beyond it is raised along with the other.
    return [[kind, kind === "perPlay" && left <= 0n ? more : left]];
  });
  const all: [Cap | "balance", bigint][] = own === undefined ? rooms : [...rooms, ["balance", own]];
  // What is raised says nothing of itself where another ends with it.
  const [ends, room] = all.reduce((least, each) =>
    each[1] < least[1] || (each[1] === least[1] && each[0] === raised) ? each : least,
  );
  return { seconds: Number(larger(room, 0n) / price), ends };
}
