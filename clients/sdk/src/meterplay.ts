/** One play that is paid for, as a listener's side of it knows it; and what may be signed for it. */
import type { Beat, Cap, PauseReason, Terms } from "./meterframes.ts";

/** By so much a server's clock may be ahead. */
const SLACK_S = 5;
/** Two who suspend each other's session stop doing so. */
const FORTH_AND_BACK_MS = 10_000;
/** So often in a row a session may wait for acknowledgements that do not arrive. */
const MOST_UNHEARD = 3;

/** What is to be heard, and for how much. */
export interface Wish {
  readonly trackId: string;
  readonly positionMs: number;
  readonly asset: string;
  /** What a second was shown to cost, in minor units. */
  readonly price: bigint;
  /** The address of the key that will sign. */
  readonly sessionKey: string;
  /** What is left of a cap that the listener chose for this play alone, in sessions of it that have ended. */
  readonly cap?: bigint | undefined;
  /** A session that was left a moment ago, to go on with. */
  readonly resume?: Kept | undefined;
}

/** What it takes to go on with a session. */
export interface Kept {
  readonly sessionKey: string;
  readonly terms: Terms;
  /** As it was raised last. */
  readonly cap: bigint | undefined;
  /** The same, while the server may not know it. */
  readonly raised?: bigint | undefined;
  /** The same, if it is for this play alone. */
  readonly chosen: bigint | undefined;
  readonly seq: number;
  readonly beats: number;
  readonly voucher: Voucher | undefined;
}

export interface Voucher {
  readonly seq: number;
  readonly beats: number;
  readonly cumulativeAmount: bigint;
  readonly signature: string;
}

/** How a play stands. */
export interface Reading {
  readonly trackId: string;
  readonly sessionId: string | undefined;
  /** `lost`: the connection is gone, and time does not count. */
  readonly phase: "starting" | "running" | "paused" | "lost";
  /** Why it is paused, unless the player asked for that. */
  readonly reason: PauseReason | undefined;
  /** Which cap is in the way, where the reason is `cap`. */
  readonly reachedCap: Cap | undefined;
  readonly asset: string;
  readonly price: bigint;
  /** Seconds heard. */
  readonly seq: number;
  readonly beats: number;
  /** What they cost. */
  readonly spent: bigint;
  readonly committedSeq: number;
  readonly beatsRemaining: number | undefined;
  readonly cap: bigint | undefined;
  /** Beats do not come though they should. */
  readonly late: boolean;
}

/** A play as the core keeps it. */
export interface Play {
  wish: Wish;
  terms: Terms | undefined;
  /** The session is at this end of the line. */
  isHere: boolean;
  /** How often START was sent in vain, and when it may be sent next. */
  tries: number;
  again: number;
  /** When the terms came, and at which second: more cannot have been heard since. */
  since: number;
  from: number;
  seq: number;
  beats: number;
  cumulative: bigint;
  committedSeq: number;
  beatsRemaining: number | undefined;
  cap: bigint | undefined;
  /** The cap that the listener named, until the server is known to have heard it. */
  raised: bigint | undefined;
  /** What the listener chose for this play alone. */
  chosen: bigint | undefined;
  voucher: Voucher | undefined;
  signing: boolean;
  /** The newest beat that is not signed for yet. */
  next: Beat | undefined;
  /** The server lets time count, as far as is known. */
  runs: boolean;
  /** Why it does not, when it takes the listener to go on. */
  block: PauseReason | undefined;
  /** Which cap it was last. */
  reachedCap: Cap | undefined;
  /** So often in a row it waited for acknowledgements. */
  unheard: number;
  heard: number;
  lostSince: number | undefined;
  /** The listener has just asked for it: another session may begin, which ends whatever plays elsewhere. */
  mayBegin: boolean;
  /** When it was last suspended. */
  suspended: number;
}

/** A play that begins, or goes on with what was kept of it. */
export function newPlay(wish: Wish, now: number): Play {
  const kept = wish.resume;
  return {
    wish,
    terms: kept?.terms,
    isHere: false,
    tries: 0,
    again: 0,
    since: 0,
    from: 0,
    seq: kept?.seq ?? 0,
    beats: kept?.beats ?? 0,
    cumulative: kept ? kept.terms.base + costOf(kept.terms, kept.beats) : 0n,
    committedSeq: kept?.voucher?.seq ?? 0,
    beatsRemaining: undefined,
    cap: kept?.cap,
    raised: kept?.raised,
    chosen: kept ? kept.chosen : wish.cap,
    voucher: kept?.voucher,
    signing: false,
    next: undefined,
    runs: false,
    block: undefined,
    reachedCap: undefined,
    unheard: 0,
    heard: now,
    lostSince: now,
    mayBegin: true,
    suspended: Number.NEGATIVE_INFINITY,
  };
}

/** What docs/VOUCHER.md has a client check before it signs, and that no more seconds are counted than have passed. */
export function isRight(play: Play, terms: Terms, beat: Beat, now: number): boolean {
  const most = play.from + (now - play.since) / 1000 + SLACK_S;
  return (
    beat.cumulativeAmount === terms.base + costOf(terms, beat.beats) &&
    beat.beats >= play.beats &&
    beat.beats - terms.baseBeats <= beat.seq &&
    beat.seq >= play.seq &&
    beat.seq <= most &&
    (play.cap === undefined || beat.cumulativeAmount - terms.base <= play.cap)
  );
}

/** Whether the terms are those of something else than was asked for, or gone on with. */
export function isOtherPlay({ wish, terms: before }: Play, terms: Terms): boolean {
  return (
    terms.trackId !== wish.trackId ||
    terms.asset !== wish.asset ||
    (before !== undefined &&
      (before.sessionId !== terms.sessionId ||
        before.payee !== terms.payee ||
        before.pricePerBeat !== terms.pricePerBeat ||
        before.verifyingContract !== terms.verifyingContract))
  );
}

/** Another second was heard. */
export function count(play: Play, beat: Beat): void {
  play.seq = beat.seq;
  play.beats = beat.beats;
  play.cumulative = beat.cumulativeAmount;
  play.committedSeq = beat.committedSeq;
  play.beatsRemaining = beat.beatsRemaining ?? play.beatsRemaining;
}

/** The server does not let time count any more. */
export function pause(play: Play, reason: PauseReason, reachedCap: Cap | undefined, now: number): void {
  play.runs = false;
  if (reason === "unacknowledged") {
    // The newest beat comes once more when it is asked to go on; if that is of no use, the listener is asked.
    play.unheard += 1;
    play.block = play.unheard > MOST_UNHEARD ? reason : undefined;
  } else if (reason === "suspended") {
    // It may be taken up again, unless somebody does that all the time.
    const before = play.suspended;
    play.suspended = play.lostSince = now;
    play.isHere = false;
    play.block = now < before + FORTH_AND_BACK_MS ? reason : undefined;
  } else if (reason === "cap" || reason === "balance") {
    play.block = reason;
    play.reachedCap = reachedCap;
  }
}

/** What there was is settled: the play goes on in another session. */
export function beginAnew(play: Play): void {
  play.chosen = capLeft(play);
  play.terms = play.voucher = play.next = undefined;
  play.seq = play.beats = play.committedSeq = 0;
  play.cumulative = 0n;
  play.cap = play.raised = undefined;
}

export function readingOf(play: Play, late: boolean): Reading {
  const { wish, terms, isHere, block, runs, seq, beats, cumulative, committedSeq, beatsRemaining, cap } =
    play;
  const phase = !terms ? "starting" : block ? "paused" : !isHere ? "lost" : runs ? "running" : "paused";
  return {
    trackId: wish.trackId,
    sessionId: terms?.sessionId,
    phase,
    reason: block,
    reachedCap: block === "cap" ? play.reachedCap : undefined,
    asset: wish.asset,
    price: terms?.pricePerBeat ?? wish.price,
    seq,
    beats: terms ? beats - terms.baseBeats : 0,
    spent: terms ? cumulative - terms.base : 0n,
    committedSeq,
    beatsRemaining,
    cap,
    late,
  };
}

/** What is left of a cap that was chosen for a play when its session has ended. */
export function capLeft({
  terms,
  chosen,
  beats,
}: Pick<Play, "terms" | "chosen" | "beats">): bigint | undefined {
  const left = chosen !== undefined && terms ? chosen - costOf(terms, beats) : 0n;
  return left > 0n ? left : undefined;
}

/** What the seconds of a session that are charged cost. */
export function costOf(terms: Terms, beats: number): bigint {
  return BigInt(beats - terms.baseBeats) * terms.pricePerBeat;
}
