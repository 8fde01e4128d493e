import type { Cap } from "@resonance/sdk/meterframes";
import type { Reading } from "@resonance/sdk/meterplay";
import type { Ribbon } from "@resonance/sdk/ribbon";
import { create } from "zustand";
import type { OpenEnd } from "./open-ends.ts";
import type { Track } from "./player.ts";

/** Why a track that costs something rests, or does not begin. */
export type Halt =
  | "cap"
  | "balance"
  | "unacknowledged"
  | "network"
  /** The line that was lost is there again. */
  | "back"
  | "elsewhere"
  | "price"
  | "distrusted"
  | "unpayable"
  | "log_in"
  | "failed";

interface Paying {
  /** What is paid for, or was last. */
  track: Track | undefined;
  /** A track that costs this listener nothing, though it costs others something. */
  free: string | undefined;
  /** How the server's meter stands; undefined while nothing is open. */
  reading: Reading | undefined;
  /** Plays that are over, and not settled as far as is known. */
  openEnds: readonly OpenEnd[];
  /** What the account had when this play began, in minor units; undefined if nobody knows. */
  purse: bigint | undefined;
  ribbon: Ribbon;
  halt: Halt | undefined;
  /** Which of the listener's caps is in the way, of a halt at one. */
  reachedCap: Cap | undefined;
  /** What was charged for while the line was lost, in minor units, once that is known. */
  owed: bigint;
  /** Nothing more of this place is sent before more of the track is paid for: where it plays on, in milliseconds. */
  playsFrom: number | undefined;
  /** What the listener is asked: whether to pay at all, to pay in, to raise a cap. */
  sheet: "first" | "balance" | "cap" | undefined;
  /** What a screen reader says of it. */
  spoken: Spoken | undefined;
  /** How the meter stood when the listener asked for it, in words. */
  asked: string | undefined;
  /** Lets this play cost so much at most, in minor units, and goes on. */
  raise: (cap: bigint) => void;
  /** Plays what of the track costs nothing. */
  preview: () => void;
  /** Ends this play where it rests: its receipt is there at once, and the next press begins another. */
  end: () => void;
}

/** What listening costs just now. The till writes it, from what the server says and nothing else. */
export const usePaying = create<Paying>(() => ({
  track: undefined,
  free: undefined,
  reading: undefined,
  openEnds: [],
  purse: undefined,
  ribbon: [],
  halt: undefined,
  reachedCap: undefined,
  owed: 0n,
  playsFrom: undefined,
  sheet: undefined,
  spoken: undefined,
  asked: undefined,
  raise: () => {},
  preview: () => {},
  end: () => {},
}));

/** So many seconds may wait to be acknowledged (docs/METER.md): no more are charged that nobody was told of. */
export const MOST_UNTOLD = 5;

/** What there is now of an asset while something is paid for with it, in minor units; undefined while nothing is. */
export function useLeft(asset: string): bigint | undefined {
  return usePaying(({ purse, reading }) =>
    purse === undefined || reading?.asset !== asset || reading.spent > purse
      ? undefined
      : purse - reading.spent,
  );
}

/** So many seconds may have been told of that the server's balance does not know yet. */
const UNDER_WAY = 5n;

/**
 * What there was when this play began, by the server's word of what there is now. `known` stands while the difference
 * is no more than what is under way: a figure that nothing moved does not move.
 */
export function purseBy(
  known: bigint | undefined,
  now: bigint,
  { spent, price }: Pick<Reading, "spent" | "price">,
): bigint {
  const found = now + spent;
  if (known === undefined || spent === 0n) {
    return found;
  }
  const differs = found > known ? found - known : known - found;
  return differs <= UNDER_WAY * price ? known : found;
}

/** What a screen reader says of the meter: that half of the cap is spent, or for how many seconds there is enough. */
export interface Spoken {
  readonly what: "half" | "left";
  readonly seconds: number;
  /** The second at which it was true. */
  readonly at: number;
}

/** The seconds that are left when the listener is told so. */
const MINUTE = 60;
const SOON = 15;
/** For so many seconds it can still be read where it was said. */
const STAYS = 4;

/** What is to be said after a beat: what was not worth it before, or what was `said` last while that is still true. */
export function spokenOf(
  said: Spoken | undefined,
  before: Reading | undefined,
  now: Reading,
): Spoken | undefined {
  const { beatsRemaining: seconds = Number.POSITIVE_INFINITY, seq: at } = now;
  if (now.phase !== "running" || seconds === 0) {
    return undefined;
  }
  const were = before?.beatsRemaining ?? Number.POSITIVE_INFINITY;
  const passed = (mark: number) => seconds <= mark && were > mark;
  if (passed(SOON) || passed(MINUTE)) {
    return { what: "left", seconds, at };
  }
  const half = now.cap !== undefined && now.spent * 2n >= now.cap;
  if (half && before !== undefined && before.spent * 2n < (now.cap ?? 0n)) {
    return { what: "half", seconds, at };
  }
  const stays = said !== undefined && at < said.at + STAYS && seconds <= were && now.cap === before?.cap;
  return stays ? said : undefined;
}
