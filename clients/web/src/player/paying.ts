import type { Cap } from "@resonance/sdk/meterframes";
import type { Reading } from "@resonance/sdk/meterplay";
import type { Ribbon } from "@resonance/sdk/ribbon";
import { create } from "zustand";
import type { Track } from "./player.ts";

/** Why a track that costs something rests, or does not begin. */
export type Halt =
  | "cap"
  | "balance"
  | "unacknowledged"
  | "network"
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
  /** What the account had when this play began, in minor units; undefined if nobody knows. */
  purse: bigint | undefined;
  ribbon: Ribbon;
  halt: Halt | undefined;
  /** Which of the listener's caps is in the way, of a halt at one. */
  reachedCap: Cap | undefined;
  /** What the listener is asked: whether to pay at all, to pay in, to raise a cap. */
  sheet: "first" | "balance" | "cap" | undefined;
  /** What a screen reader says of it. */
  spoken: "half" | "minute" | "soon" | undefined;
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
  purse: undefined,
  ribbon: [],
  halt: undefined,
  reachedCap: undefined,
  sheet: undefined,
  spoken: undefined,
  asked: undefined,
  raise: () => {},
  preview: () => {},
  end: () => {},
}));

/** What there is now while something is paid for, in minor units of BEAT; undefined while nothing is. */
export function useLeft(): bigint | undefined {
  return usePaying(({ purse, reading }) =>
    purse === undefined || reading === undefined || reading.spent > purse ? undefined : purse - reading.spent,
  );
}

/** The seconds that are left when the listener is told so. */
const MINUTE = 60;
const SOON = 15;

/** What is worth saying of a beat, and was not worth it of the one before. */
export function spokenOf(before: Reading | undefined, now: Reading): Paying["spoken"] {
  const passed = (seconds: number) =>
    now.beatsRemaining !== undefined &&
    now.beatsRemaining <= seconds &&
    (before?.beatsRemaining ?? Number.POSITIVE_INFINITY) > seconds;
  if (passed(SOON)) {
    return "soon";
  }
  if (passed(MINUTE)) {
    return "minute";
  }
  const half = now.cap !== undefined && now.spent * 2n >= now.cap;
  return half && before !== undefined && before.spent * 2n < (now.cap ?? 0n) ? "half" : undefined;
}
