/**
 * A listener's side of paid listening (docs/METER.md) without any input or output: what the server says, what the
 * player wants and what was signed is told to {@link MeterCore}, what is to be done comes out as {@link MeterEffect}s.
 *
 * What holds: nothing is signed but the voucher for a beat of the session at hand, at the price that was shown, within
 * its cap, and for no more seconds than have passed; no figure moves but by a beat of the server.
 */
import {
  type Beat,
  type Cap,
  type PauseReason,
  readMeterFrame,
  type Settled,
  type Terms,
} from "./meterframes.ts";
import { MeterLine } from "./meterline.ts";
import {
  beginAnew,
  costOf,
  count,
  isOtherPlay,
  isRight,
  type Kept,
  newPlay,
  type Play,
  pause,
  type Reading,
  readingOf,
  type Voucher,
  type Wish,
} from "./meterplay.ts";

export type MeterEffect =
  | { is: "connect"; connection: number; renew: boolean }
  | { is: "send"; connection: number; frame: string }
  | { is: "disconnect"; connection: number }
  | { is: "sign"; terms: Terms; sessionKey: string; seq: number; beats: number; cumulativeAmount: bigint }
  | { is: "reading"; reading: Reading | undefined }
  /** A second was heard and charged. */
  | { is: "beat"; beat: Beat }
  | { is: "keep"; kept: Kept | undefined }
  | { is: "settled"; settled: Settled }
  /** The server charges the caller nothing for this track: it is played without a session. */
  | { is: "free" }
  /** There is no session. `code` is of the server's table of problems, or one of {@link Refusal}. */
  | { is: "refused"; code: string; reachedCap?: Cap };

/** Why there is no session, as found out here: the server is away; asks for more than was shown; cannot be trusted. */
export type Refusal = "network" | "price_changed" | "distrusted";

/** Without a beat for so long the figure is said to stand. */
const LATE_MS = 3_000;
/** Without a beat for so long the line is dead. */
const DEAD_MS = 8_000;
/** So long the server waits for a listener whose line broke. */
const RECONNECT_MS = 15_000;
/** How often it is asked again what is busy, and how soon. */
const PATIENCE = 5;
const AGAIN_MS = 1_000;

/** Refusals of an acknowledgement: those of a START are others, unless it goes on with a session. */
const OF_ACKS = new Set([
  "session_ended",
  "session_paused",
  "session_not_found",
  "voucher_invalid",
  "voucher_wrong",
]);
const BUSY = new Set(["session_busy", "unavailable", "rate_limited"]);

export class MeterCore {
  readonly #now: () => number;
  readonly #line = new MeterLine();
  #play: Play | undefined;
  /** Sessions that were stopped and are not settled yet. */
  readonly #ending = new Map<string, Play>();
  #wanted = false;
  #effects: MeterEffect[] = [];
  /** Whether the listener was told that the figure stands. */
  #isToldLate = false;

  /** `now` is milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get connection(): number | undefined {
    return this.#line.number;
  }

  /** Begins to pay for a track, in place of whatever was paid for. Time does not count before {@link sounding}. */
  play(wish: Wish): MeterEffect[] {
    this.#leave();
    this.#wanted = false;
    this.#play = newPlay(wish, this.#now());
    this.#line.wanted(this.#now());
    return this.#settle();
  }

  /** Sound comes out, or not: only while it does time is to count. */
  sounding(is: boolean): MeterEffect[] {
    this.#wanted = is;
    return this.#settle();
  }

  /** Goes on after a pause that takes the listener, perhaps with another cap for this play. */
  goOn(cap?: bigint): MeterEffect[] {
    const play = this.#play;
    if (play) {
      const { reachedCap } = play;
      play.block = undefined;
      play.unheard = 0;
      play.mayBegin = true;
      if (cap !== undefined) {
        play.cap = play.raised = cap;
        play.chosen = reachedCap === "perPlay" || play.chosen !== undefined ? cap : undefined;
        this.#keep(play);
      }
      if (!play.isHere) {
        play.tries = 0;
        play.lostSince = this.#now();
        this.#line.wanted(0);
      }
      if (cap !== undefined && play.terms && (play.isHere || this.#line.hasAsked(play))) {
        this.#send({ type: "RESUME", sessionId: play.terms.sessionId, cap: cap.toString() });
        play.runs = true;
        play.heard = this.#now();
      }
    }
    return this.#settle();
  }

  /** The player went to another place. */
  seek(positionMs: number): MeterEffect[] {
    const play = this.#play;
    if (play?.terms && play.isHere) {
      this.#send({ type: "SEEK", sessionId: play.terms.sessionId, positionMs: whole(positionMs) });
    } else if (play) {
      play.wish = { ...play.wish, positionMs: whole(positionMs) };
    }
    return this.#settle();
  }

  /** The play is over. */
  stop(): MeterEffect[] {
    this.#leave();
    return this.#settle();
  }

  opened(connection: number, token?: string): MeterEffect[] {
    if (this.#line.opened(connection) && token) {
      this.#send({ type: "AUTH", token });
    }
    return this.#settle();
  }

  /** `code` is why, as far as the server said. */
  closed(connection: number, code?: number): MeterEffect[] {
    if (this.#line.closed(connection, code)) {
      this.#lose();
      if (this.#line.isRefused) {
        this.#refuse("unauthenticated");
      }
    }
    return this.#settle();
  }

  frame(connection: number, text: string): MeterEffect[] {
    const frame = this.#line.number === connection ? readMeterFrame(text) : undefined;
    switch (frame?.type) {
      case "SESSION_STARTED":
        this.#begin(frame);
        break;
      case "BEAT":
        this.#beat(frame.beat);
        break;
      case "PAUSED":
        this.#paused(frame.sessionId, frame.reason, frame.reachedCap);
        break;
      case "SESSION_SETTLED":
        this.#over(frame.settled);
        break;
      case "ERROR":
        this.#error(frame.code, frame.sessionId, frame.reachedCap);
        break;
    }
    return this.#settle();
  }

  /** What {@link MeterEffect} `sign` asked for; without a signature: there is no such voucher. */
  signed(
    sessionId: string,
    beat: Omit<Voucher, "signature">,
    signature?: string,
    positionMs?: number,
  ): MeterEffect[] {
    const play = this.#of(sessionId);
    if (play) {
      play.signing = false;
      if (signature === undefined) {
        this.#distrust(play);
      } else {
        play.voucher = { ...beat, signature };
        this.#acknowledge(play, play === this.#play ? positionMs : undefined);
        this.#keep(play);
        this.#sign(play);
      }
    }
    return this.#settle();
  }

  /** Time has passed. */
  tick(): MeterEffect[] {
    const [line, play, now] = [this.#line, this.#play, this.#now()];
    const isDead = play?.isHere && play.runs && now >= play.heard + DEAD_MS;
    if (line.isStuck(now) || isDead || (!play && line.isStale(now))) {
      this.#hangUp();
    }
    if (play?.lostSince !== undefined && now >= play.lostSince + RECONNECT_MS && !play.block) {
      if (play.terms) {
        play.block = "network";
        play.lostSince = undefined;
      } else if (!play.isHere) {
        this.#refuse("network");
      }
    }
    return this.#settle();
  }

  /** When {@link tick} has something to do next; undefined: not by itself. */
  due(): number | undefined {
    const play = this.#play;
    const times = this.#line.due({ needed: this.#needsLine(), unused: !play });
    if (play && !play.block) {
      if (play.lostSince !== undefined) {
        times.push(play.lostSince + RECONNECT_MS);
      }
      if (play.again > this.#now()) {
        times.push(play.again);
      }
      if (play.isHere && play.runs) {
        times.push(play.heard + (this.#isToldLate ? DEAD_MS : LATE_MS));
      }
    }
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  #begin(frame: Extract<ReturnType<typeof readMeterFrame>, { type: "SESSION_STARTED" }>): void {
    const { terms, seq, beats, beatsRemaining } = frame;
    const play = this.#line.answered();
    if (!play) {
      return;
    }
    if (play !== this.#play) {
      // Nobody wants it any more.
      this.#send({ type: "STOP", sessionId: terms.sessionId });
      return;
    }
    const { wish, terms: before } = play;
    const isOther = isOtherPlay(play, terms);
    play.terms = terms;
    play.isHere = true;
    if (isOther) {
      this.#distrust(play);
    } else if (terms.pricePerBeat === 0n) {
      this.#leave(false);
      this.#effects.push({ is: "free" });
    } else if (terms.pricePerBeat > wish.price) {
      this.#refuse("price_changed");
    } else {
      const now = this.#now();
      play.since = play.heard = now;
      play.from = play.seq = play.committedSeq = seq;
      play.beats = beats;
      play.cumulative = terms.base + costOf(terms, beats);
      play.beatsRemaining = beatsRemaining ?? play.beatsRemaining;
      play.cap = before ? play.cap : terms.cap;
      play.raised = undefined;
      play.runs = true;
      if (!before && play.cap !== undefined && play.chosen !== undefined && play.chosen > play.cap) {
        // A session begins within the caps that hold for every play; this one may go on beyond them.
        play.cap = play.chosen;
        this.#send({ type: "RESUME", sessionId: terms.sessionId, cap: play.cap.toString() });
      }
      play.lostSince = undefined;
      play.mayBegin = false;
      play.tries = 0;
      this.#line.serves();
      this.#keep(play);
    }
  }

  #beat(beat: Beat): void {
    const play = this.#of(beat.sessionId);
    if (!play?.terms) {
      return;
    }
    play.heard = this.#now();
    if (!isRight(play, play.terms, beat, this.#now())) {
      this.#distrust(play);
      return;
    }
    const isNew = beat.seq > play.seq;
    count(play, beat);
    if (isNew && play === this.#play) {
      play.unheard = 0;
      play.raised = undefined;
      this.#effects.push({ is: "beat", beat });
    }
    if (play.voucher && play.voucher.seq >= beat.seq) {
      this.#acknowledge(play);
    } else {
      play.next = beat;
      this.#sign(play);
    }
  }

  #sign(play: Play): void {
    const { next, terms } = play;
    if (next && terms && !play.signing) {
      play.signing = true;
      play.next = undefined;
      const { seq, beats, cumulativeAmount } = next;
      const { sessionKey } = play.wish;
      this.#effects.push({ is: "sign", terms, sessionKey, seq, beats, cumulativeAmount });
    }
  }

  #acknowledge(play: Play, positionMs?: number): void {
    const { terms, voucher } = play;
    if (terms && voucher && play.isHere) {
      this.#send({
        type: "BEAT_ACK",
        sessionId: terms.sessionId,
        seq: voucher.seq,
        cumulativeAmount: voucher.cumulativeAmount.toString(),
        signature: voucher.signature,
        ...(positionMs !== undefined && { positionMs: whole(positionMs) }),
      });
    }
  }

  #paused(sessionId: string, reason: PauseReason, reachedCap: Cap | undefined): void {
    const play = this.#play;
    if (play?.terms?.sessionId !== sessionId) {
      return;
    }
    pause(play, reason, reachedCap, this.#now());
  }

  #over(settled: Settled): void {
    this.#ending.delete(settled.sessionId);
    this.#effects.push({ is: "settled", settled });
    const play = this.#play;
    if (play?.terms?.sessionId === settled.sessionId) {
      // It was not ended here: another device plays, or it rested for too long. The next press begins anew.
      this.#play = undefined;
      this.#effects.push({ is: "keep", kept: undefined }, { is: "refused", code: "session_ended" });
    }
  }

  #error(code: string, sessionId: string | undefined, reachedCap: Cap | undefined): void {
    const { asked } = this.#line;
    if (asked && (asked.terms !== undefined || !OF_ACKS.has(code))) {
      this.#line.answered();
      this.#failed(asked, code, reachedCap);
    } else if (code === "session_ended" || code === "session_not_found") {
      if (sessionId !== undefined && this.#play?.terms?.sessionId === sessionId) {
        this.#refuse("session_ended");
      }
      this.#ending.delete(sessionId ?? "");
    }
  }

  /** A START was refused. */
  #failed(play: Play, code: string, reachedCap: Cap | undefined): void {
    if (play !== this.#play) {
      return;
    }
    const isGone = code === "session_ended" || code === "session_not_found";
    if (play.terms && isGone && play.mayBegin) {
      beginAnew(play);
      this.#effects.push({ is: "keep", kept: undefined });
    } else if (BUSY.has(code) && play.tries < PATIENCE) {
      play.again = this.#now() + AGAIN_MS;
    } else {
      this.#refuse(code, reachedCap);
    }
  }

  #distrust(play: Play): void {
    if (play === this.#play) {
      this.#refuse("distrusted");
    } else if (play.terms) {
      this.#ending.delete(play.terms.sessionId);
    }
  }

  #refuse(code: string, reachedCap?: Cap): void {
    if (this.#play) {
      this.#leave(false);
      this.#effects.push({ is: "refused", code, ...(reachedCap && { reachedCap }) });
    }
  }

  /** Lets go of the play at hand, and ends its session; of one that is not in order nothing is signed any more. */
  #leave(isInOrder = true): void {
    const play = this.#play;
    this.#play = undefined;
    this.#wanted = false;
    if (!play) {
      return;
    }
    if (play.terms && play.isHere && this.#line.isOpen) {
      this.#send({ type: "STOP", sessionId: play.terms.sessionId });
      if (isInOrder) {
        // What is being signed still counts, for two seconds.
        this.#ending.set(play.terms.sessionId, play);
      }
    }
    this.#line.rest(this.#now());
    this.#effects.push({ is: "keep", kept: undefined });
  }

  #keep({ wish: { sessionKey }, terms, cap, raised, chosen, seq, beats, voucher }: Play): void {
    if (terms && this.#play?.terms === terms) {
      this.#effects.push({
        is: "keep",
        kept: { sessionKey, terms, cap, raised, chosen, seq, beats, voucher },
      });
    }
  }

  #of(sessionId: string): Play | undefined {
    return this.#play?.terms?.sessionId === sessionId ? this.#play : this.#ending.get(sessionId);
  }

  #send(frame: object): void {
    const { number: connection, isOpen } = this.#line;
    if (connection !== undefined && isOpen) {
      this.#effects.push({ is: "send", connection, frame: JSON.stringify(frame) });
    }
  }

  #hangUp(): void {
    const connection = this.#line.number;
    if (connection !== undefined) {
      this.#effects.push({ is: "disconnect", connection });
      this.#lose();
    }
  }

  /** The line is gone; what was open at its other end waits there for a while. */
  #lose(): void {
    const [play, now] = [this.#play, this.#now()];
    this.#line.lose(now);
    this.#ending.clear();
    if (play) {
      if (play.isHere && !play.block) {
        play.lostSince = now;
      }
      play.isHere = false;
      play.runs = false;
    }
  }

  #needsLine(): boolean {
    const play = this.#play;
    return play !== undefined && (play.block === undefined || play.isHere);
  }

  #isLate({ isHere, runs, heard }: Play): boolean {
    return isHere && runs && this.#now() >= heard + LATE_MS;
  }

  /** Brings line and session in step with what is wanted, and hands out what is to be done. */
  #settle(): MeterEffect[] {
    const now = this.#now();
    const play = this.#play;
    const line = this.#line;
    const connection = this.#needsLine() ? line.begin(now) : undefined;
    if (connection !== undefined) {
      this.#effects.push({ is: "connect", connection, renew: line.renew });
    }
    if (play && line.isOpen && !play.block) {
      if (!play.isHere && !line.hasAsked(play) && now >= play.again) {
        this.#start(play);
      } else if (play.isHere && play.terms && play.runs !== this.#wanted) {
        this.#send({ type: this.#wanted ? "RESUME" : "PAUSE", sessionId: play.terms.sessionId });
        play.runs = this.#wanted;
        play.heard = now;
      }
    }
    this.#isToldLate = play !== undefined && this.#isLate(play);
    this.#effects.push({ is: "reading", reading: play && readingOf(play, this.#isToldLate) });
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #start(play: Play): void {
    const { wish, terms, raised, voucher } = play;
    const { trackId, sessionKey, positionMs } = wish;
    const signed = voucher && { beats: voucher.beats, signature: voucher.signature };
    const resume = terms && { sessionId: terms.sessionId, ...(signed && { voucher: signed }) };
    this.#line.ask(play);
    play.tries += 1;
    this.#send({
      type: "START",
      trackId,
      sessionKey,
      positionMs: whole(positionMs),
      ...(resume && { resume }),
      ...(resume && raised !== undefined && { cap: raised.toString() }),
    });
  }
}

function whole(ms: number): number {
  return Math.max(0, Math.round(ms));
}
