import { describe, expect, it } from "vitest";
import { type KeptPlay, Meter } from "../src/meter.ts";
import type { Wish } from "../src/meterplay.ts";
import { MeterCore, type MeterEffect } from "../src/meterstate.ts";
import { SessionFetch } from "../src/session.ts";
import type { Line } from "../src/socket.ts";

const PRICE = 250_000n;
const WISH: Wish = { trackId: "track", positionMs: 0, asset: "BEAT", price: PRICE, sessionKey: "0xkey" };

function started(session = "one", more: object = {}) {
  return {
    type: "SESSION_STARTED",
    sessionId: session,
    trackId: "track",
    artistId: "artist",
    payee: "0xpayee",
    asset: "BEAT",
    rail: "ledger",
    pricePerBeat: PRICE.toString(),
    base: "0",
    baseBeats: 0,
    cap: null,
    beatsRemaining: 400,
    domain: { name: "Resonance Ledger", version: "1", chainId: 0, verifyingContract: "0xinstance" },
    grantId: "0xgrant",
    contextHash: "0xcontext",
    seq: 0,
    beats: 0,
    ...more,
  };
}

function beat(seq: number, more: object = {}) {
  const cumulativeAmount = (PRICE * BigInt(seq)).toString();
  const fields = { sessionId: "one", seq, beats: seq, cumulativeAmount, committedSeq: seq - 1 };
  return { type: "BEAT", ...fields, beatsRemaining: 400 - seq, timestamp: 0, ...more };
}

/** A core with a clock, whose effects are looked at. */
class Bench {
  now = 0;
  readonly core = new MeterCore(() => this.now);
  readonly effects: MeterEffect[] = [];

  do(effects: MeterEffect[]): MeterEffect[] {
    this.effects.push(...effects);
    return effects;
  }

  open(): void {
    this.do(this.core.opened(this.core.connection ?? -1));
  }

  hear(frame: object): MeterEffect[] {
    return this.do(this.core.frame(this.core.connection ?? -1, JSON.stringify(frame)));
  }

  cut(code?: number): void {
    this.do(this.core.closed(this.core.connection ?? -1, code));
  }

  /** Lets time pass, with all that becomes due on the way. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (let due = this.core.due(); due !== undefined && due <= end; due = this.core.due()) {
      this.now = Math.max(this.now, due);
      this.do(this.core.tick());
    }
    this.now = end;
  }

  /** Signs whatever is to be signed. */
  sign(): void {
    for (const effect of this.take("sign")) {
      const { seq, beats, cumulativeAmount } = effect;
      const voucher = { seq, beats, cumulativeAmount };
      this.do(this.core.signed(effect.terms.sessionId, voucher, `signed ${seq}`, seq * 1000));
    }
  }

  take<Is extends MeterEffect["is"]>(is: Is): Extract<MeterEffect, { is: Is }>[] {
    const found = this.effects.filter(
      (effect): effect is Extract<MeterEffect, { is: Is }> => effect.is === is,
    );
    const rest = this.effects.filter((effect) => effect.is !== is);
    this.effects.splice(0, this.effects.length, ...rest);
    return found;
  }

  /** What was sent since it was last asked. */
  sent() {
    return this.take("send").map(({ frame }): Record<string, unknown> => JSON.parse(frame));
  }

  get reading() {
    return this.take("reading").at(-1)?.reading;
  }

  /** In a session whose time counts. */
  static running(more: object = {}): Bench {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.hear(started("one", more));
    bench.do(bench.core.sounding(true));
    bench.effects.length = 0;
    return bench;
  }

  heard(seq: number, more: object = {}): void {
    this.now += 1000;
    this.hear(beat(seq, more));
    this.sign();
  }
}

describe("a session", () => {
  it("begins with a START, and its time counts while there is sound", () => {
    const bench = new Bench();
    bench.do(bench.core.play({ ...WISH, positionMs: 1234.6 }));
    expect(bench.take("connect")).toEqual([{ is: "connect", connection: 1, renew: false }]);
    expect(bench.reading).toMatchObject({ phase: "starting", spent: 0n, price: PRICE });
    bench.open();
    expect(bench.sent()).toEqual([
      { type: "START", trackId: "track", sessionKey: "0xkey", positionMs: 1235 },
    ]);
    bench.hear(started());
    expect(bench.sent()).toEqual([{ type: "PAUSE", sessionId: "one" }]);
    bench.do(bench.core.sounding(true));
    expect(bench.sent()).toEqual([{ type: "RESUME", sessionId: "one" }]);
    bench.do(bench.core.sounding(true));
    expect(bench.sent()).toEqual([]);
    bench.do(bench.core.sounding(false));
    expect(bench.sent()).toEqual([{ type: "PAUSE", sessionId: "one" }]);
    expect(bench.reading).toMatchObject({ phase: "paused", reason: undefined, sessionId: "one" });
  });

  it("signs each beat once, the newest if signing is slow, and tells where the player is", () => {
    const bench = Bench.running();
    bench.now += 3000;
    for (const seq of [1, 2, 3]) {
      bench.hear(beat(seq));
    }
    expect(bench.effects.filter(({ is }) => is === "sign")).toHaveLength(1);
    bench.sign();
    bench.sign();
    const acks = bench.sent();
    expect(
      acks.map(({ type, seq, cumulativeAmount, positionMs }) => [type, seq, cumulativeAmount, positionMs]),
    ).toEqual([
      ["BEAT_ACK", 1, "250000", 1000],
      ["BEAT_ACK", 3, "750000", 3000],
    ]);
    expect(bench.reading).toMatchObject({ phase: "running", seq: 3, beats: 3, spent: 750_000n });
    expect(bench.take("keep").at(-1)?.kept?.voucher).toMatchObject({ seq: 3, signature: "signed 3" });
  });

  it("moves its figure with beats, and with nothing else", () => {
    const bench = Bench.running();
    bench.heard(1);
    expect(bench.reading).toMatchObject({ spent: PRICE, beatsRemaining: 399, committedSeq: 0 });
    bench.pass(2000);
    bench.do(bench.core.sounding(false));
    expect(bench.reading).toMatchObject({ spent: PRICE });
  });

  it("takes a free second for what it is", () => {
    const bench = Bench.running();
    bench.heard(1, { beats: 0, cumulativeAmount: "0" });
    expect(bench.sent()).toMatchObject([{ type: "BEAT_ACK", seq: 1, cumulativeAmount: "0" }]);
    expect(bench.reading).toMatchObject({ seq: 1, beats: 0, spent: 0n });
  });

  it("tells of a place that is gone to, before it begins too", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.do(bench.core.seek(9000));
    bench.open();
    expect(bench.sent()).toMatchObject([{ type: "START", positionMs: 9000 }]);
    bench.hear(started());
    bench.sent();
    bench.do(bench.core.seek(4000.4));
    expect(bench.sent()).toEqual([{ type: "SEEK", sessionId: "one", positionMs: 4000 }]);
  });
});

describe("nothing is signed", () => {
  const wrong: Record<string, object> = {
    "for another sum": { cumulativeAmount: "250001" },
    "for more beats than seconds": { beats: 2, cumulativeAmount: "500000" },
    "beyond the cap": { seq: 4, beats: 4, cumulativeAmount: "1000000" },
    "for seconds that have not passed": { seq: 30, beats: 1, cumulativeAmount: "250000" },
  };
  it.each(Object.entries(wrong))("%s", (_, more) => {
    const bench = Bench.running({ cap: "750000" });
    bench.now += 1000;
    bench.hear(beat(1, more));
    expect(bench.take("sign")).toEqual([]);
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "distrusted" }]);
    expect(bench.sent()).toEqual([{ type: "STOP", sessionId: "one" }]);
    expect(bench.reading).toBeUndefined();
  });

  it("for a sum that goes back", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.heard(2);
    bench.hear(beat(3, { beats: 1, cumulativeAmount: "250000" }));
    expect(bench.take("sign")).toEqual([]);
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "distrusted" }]);
  });

  it("for another price, track or asset than was shown", () => {
    for (const [more, code] of [
      [{ pricePerBeat: "250001" }, "price_changed"],
      [{ trackId: "other" }, "distrusted"],
      [{ asset: "USDC" }, "distrusted"],
    ] as const) {
      const bench = new Bench();
      bench.do(bench.core.play(WISH));
      bench.open();
      bench.sent();
      bench.hear(started("one", more));
      expect(bench.sent()).toEqual([{ type: "STOP", sessionId: "one" }]);
      expect(bench.take("refused")).toEqual([{ is: "refused", code }]);
      bench.hear(beat(1));
      expect(bench.take("sign")).toEqual([]);
    }
  });

  it("for a session of somebody else", () => {
    const bench = Bench.running();
    bench.now += 1000;
    bench.hear(beat(1, { sessionId: "two" }));
    expect(bench.take("sign")).toEqual([]);
    expect(bench.reading).toMatchObject({ spent: 0n });
  });

  it("when there is no such voucher", () => {
    const bench = Bench.running();
    bench.now += 1000;
    bench.hear(beat(1));
    bench.do(bench.core.signed("one", { seq: 1, beats: 1, cumulativeAmount: PRICE }));
    expect(bench.sent()).toEqual([{ type: "STOP", sessionId: "one" }]);
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "distrusted" }]);
  });
});

describe("a track that costs the caller nothing", () => {
  it("is played without a session", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.sent();
    bench.hear(started("one", { pricePerBeat: "0", beatsRemaining: null }));
    expect(bench.sent()).toEqual([{ type: "STOP", sessionId: "one" }]);
    expect(bench.take("free")).toHaveLength(1);
    expect(bench.take("refused")).toEqual([]);
  });
});

describe("a line that breaks", () => {
  it("is taken up again with the newest voucher", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.heard(2);
    bench.effects.length = 0;
    bench.cut();
    expect(bench.reading).toMatchObject({ phase: "lost", spent: 500_000n });
    bench.pass(400);
    expect(bench.take("connect")).toHaveLength(1);
    bench.open();
    expect(bench.sent()).toMatchObject([
      { type: "START", resume: { sessionId: "one", voucher: { beats: 2, signature: "signed 2" } } },
    ]);
    bench.hear(started("one", { seq: 2, beats: 2 }));
    expect(bench.sent()).toEqual([]);
    expect(bench.reading).toMatchObject({ phase: "running", seq: 2, spent: 500_000n });
    bench.heard(3);
    expect(bench.sent()).toMatchObject([{ type: "BEAT_ACK", seq: 3, cumulativeAmount: "750000" }]);
  });

  it("rests there if the player did", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.do(bench.core.sounding(false));
    bench.cut();
    bench.pass(400);
    bench.open();
    bench.sent();
    bench.hear(started("one", { seq: 1, beats: 1 }));
    expect(bench.sent()).toEqual([{ type: "PAUSE", sessionId: "one" }]);
  });

  it("is waited for as long as the server waits; then it takes the listener, and another session if need be", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.effects.length = 0;
    bench.cut();
    for (let tries = 0; tries < 40; tries++) {
      bench.pass(500);
      bench.cut();
    }
    expect(bench.reading).toMatchObject({ phase: "paused", reason: "network", spent: PRICE });
    bench.take("connect");
    bench.pass(60_000);
    expect(bench.take("connect")).toEqual([]);
    bench.do(bench.core.goOn());
    bench.open();
    expect(bench.sent()).toMatchObject([{ type: "START", resume: { sessionId: "one" } }]);
    bench.hear({ type: "ERROR", code: "session_ended", detail: "it has", sessionId: "one" });
    const [start] = bench.sent();
    expect(start).toMatchObject({ type: "START", trackId: "track" });
    expect(start).not.toHaveProperty("resume");
    bench.hear(started("two"));
    expect(bench.reading).toMatchObject({ sessionId: "two", spent: 0n });
  });

  it("that is silent is told after 3 s and given up after 8", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.pass(2900);
    expect(bench.reading).toMatchObject({ phase: "running", late: false });
    bench.pass(200);
    expect(bench.reading).toMatchObject({ phase: "running", late: true });
    bench.pass(5000);
    expect(bench.take("disconnect")).toHaveLength(1);
    expect(bench.reading).toMatchObject({ phase: "lost" });
  });

  it("that is silent is told so though the timer rang a moment early", () => {
    const bench = Bench.running();
    bench.heard(1);
    // Timers round down, and drawing what was told takes time.
    bench.now += 2999.6;
    bench.do(bench.core.tick());
    bench.now += 1;
    bench.pass(0);
    expect(bench.reading).toMatchObject({ phase: "running", late: true });
  });

  it("goes on in another terms with nobody", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.cut();
    bench.pass(400);
    bench.open();
    bench.sent();
    bench.hear(started("one", { seq: 1, beats: 1, payee: "0xsomebody" }));
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "distrusted" }]);
  });

  it("for want of a log-in is opened once more with a new one", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.cut(4401);
    bench.take("connect");
    bench.pass(1000);
    expect(bench.take("connect")).toMatchObject([{ renew: true }]);
    bench.open();
    bench.cut(4401);
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "unauthenticated" }]);
  });
});

describe("a session that ended while nobody was here", () => {
  it("does not begin again by itself: somebody may listen elsewhere", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.effects.length = 0;
    bench.cut();
    bench.pass(400);
    bench.open();
    bench.hear({ type: "ERROR", code: "session_ended", detail: "", sessionId: "one" });
    expect(bench.sent()).toHaveLength(1);
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "session_ended" }]);
    expect(bench.reading).toBeUndefined();
  });
});

describe("a pause", () => {
  it("at the cap goes on with another cap", () => {
    const bench = Bench.running({ cap: "500000" });
    bench.heard(1);
    bench.heard(2, { beatsRemaining: 0 });
    bench.effects.length = 0;
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "cap", reachedCap: "perDay" });
    expect(bench.reading).toMatchObject({
      phase: "paused",
      reason: "cap",
      reachedCap: "perDay",
      cap: 500_000n,
    });
    bench.do(bench.core.sounding(false));
    bench.do(bench.core.sounding(true));
    expect(bench.sent()).toEqual([]);
    bench.do(bench.core.goOn(750_000n));
    expect(bench.sent()).toEqual([{ type: "RESUME", sessionId: "one", cap: "750000" }]);
    bench.heard(3);
    expect(bench.sent()).toMatchObject([{ type: "BEAT_ACK", seq: 3 }]);
    expect(bench.reading).toMatchObject({ phase: "running", cap: 750_000n, spent: 750_000n });
  });

  it("at the cap goes on with another cap though the line is gone, or goes before that is heard", () => {
    for (const isGone of [true, false]) {
      const bench = Bench.running({ cap: "500000" });
      bench.heard(1);
      bench.heard(2, { beatsRemaining: 0 });
      bench.hear({ type: "PAUSED", sessionId: "one", reason: "cap", reachedCap: "perPlay" });
      if (isGone) {
        bench.cut();
        bench.pass(20_000);
      }
      bench.effects.length = 0;
      bench.do(bench.core.goOn(750_000n));
      // A page that is loaded anew knows of it.
      const { kept } = bench.take("keep")[0] ?? {};
      const later = new Bench();
      later.do(later.core.play({ ...WISH, resume: kept }));
      later.open();
      if (!isGone) {
        bench.sent();
        bench.cut();
        bench.pass(400);
      }
      bench.open();
      for (const each of [bench, later]) {
        expect(each.sent()).toMatchObject([{ type: "START", resume: { sessionId: "one" }, cap: "750000" }]);
      }
      bench.hear(started("one", { cap: "750000", seq: 2, beats: 2 }));
      bench.do(bench.core.sounding(true));
      bench.heard(3);
      expect(bench.sent()).toMatchObject([{ type: "BEAT_ACK", seq: 3 }]);
      expect(bench.reading).toMatchObject({ phase: "running", cap: 750_000n, spent: 750_000n });
      // What the server knows is not said again: it may have been lowered elsewhere since.
      bench.cut();
      bench.pass(400);
      bench.open();
      expect(bench.sent()[0]).not.toHaveProperty("cap");
    }
  });

  it("at the cap that is raised while the session is taken up again goes on with it", () => {
    const bench = Bench.running({ cap: "500000" });
    bench.heard(1);
    bench.cut();
    bench.pass(400);
    bench.open();
    bench.effects.length = 0;
    bench.do(bench.core.goOn(750_000n));
    expect(bench.sent()).toEqual([{ type: "RESUME", sessionId: "one", cap: "750000" }]);
  });

  /** At the cap of two beats, which was raised to twelve for this play alone. */
  function raised(): Bench {
    const bench = Bench.running({ cap: "500000" });
    bench.heard(1);
    bench.heard(2, { beatsRemaining: 0 });
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "cap", reachedCap: "perPlay" });
    bench.effects.length = 0;
    bench.do(bench.core.goOn(12n * PRICE));
    return bench;
  }

  it("has the cap that was chosen for it kept at once, for a page that is loaded anew before the next beat", () => {
    const bench = raised();
    const kept = bench.take("keep").at(-1)?.kept;
    expect(kept).toMatchObject({ cap: 12n * PRICE, chosen: 12n * PRICE });
    const anew = new Bench();
    anew.do(anew.core.play({ ...WISH, resume: kept }));
    anew.open();
    anew.hear(started("one", { cap: "500000", seq: 2, beats: 2 }));
    anew.do(anew.core.sounding(true));
    anew.heard(3);
    expect(anew.take("refused")).toEqual([]);
    expect(anew.reading).toMatchObject({ phase: "running", spent: 3n * PRICE, cap: 12n * PRICE });
  });

  it("keeps what is left of that cap when its session is gone", () => {
    const bench = raised();
    bench.heard(3);
    bench.cut();
    bench.pass(400);
    bench.do(bench.core.goOn());
    bench.open();
    bench.effects.length = 0;
    bench.hear({ type: "ERROR", code: "session_ended", detail: "it has", sessionId: "one" });
    bench.hear(started("two", { cap: "500000" }));
    const cap = (9n * PRICE).toString();
    expect(bench.sent().slice(0, 2)).toMatchObject([
      { type: "START" },
      { type: "RESUME", sessionId: "two", cap },
    ]);
    expect(bench.reading).toMatchObject({ sessionId: "two", spent: 0n, cap: 9n * PRICE });
  });

  it("does not lower a cap that is higher by what was chosen for a play", () => {
    const bench = new Bench();
    bench.do(bench.core.play({ ...WISH, cap: PRICE }));
    bench.open();
    bench.sent();
    bench.hear(started("two", { cap: "500000" }));
    expect(bench.sent()).toEqual([{ type: "PAUSE", sessionId: "two" }]);
    expect(bench.reading).toMatchObject({ cap: 500_000n });
  });

  it("at a cap that older servers do not name, or newer ones name otherwise, is one all the same", () => {
    for (const more of [{}, { reachedCap: "perWeek" }]) {
      const bench = Bench.running();
      bench.hear({ type: "PAUSED", sessionId: "one", reason: "cap", ...more });
      expect(bench.reading).toMatchObject({ phase: "paused", reason: "cap", reachedCap: undefined });
    }
  });

  it("for want of money goes on by one press", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "balance" });
    bench.do(bench.core.sounding(false));
    bench.effects.length = 0;
    bench.do(bench.core.goOn());
    bench.do(bench.core.sounding(true));
    expect(bench.sent()).toEqual([{ type: "RESUME", sessionId: "one" }]);
  });

  it("for want of acknowledgements goes on by itself, three times", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.effects.length = 0;
    for (let time = 0; time < 3; time++) {
      bench.hear({ type: "PAUSED", sessionId: "one", reason: "unacknowledged" });
      expect(bench.sent()).toEqual([{ type: "RESUME", sessionId: "one" }]);
      bench.hear(beat(1));
      expect(bench.sent()).toMatchObject([{ type: "BEAT_ACK", seq: 1, signature: "signed 1" }]);
    }
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "unacknowledged" });
    expect(bench.sent()).toEqual([]);
    expect(bench.reading).toMatchObject({ phase: "paused", reason: "unacknowledged" });
  });

  it("because a node let go of the session is ended by taking it up again, once", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.effects.length = 0;
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "suspended" });
    expect(bench.reading).toMatchObject({ phase: "lost" });
    expect(bench.sent()).toMatchObject([{ type: "START", resume: { sessionId: "one" } }]);
    bench.hear(started("one", { seq: 1, beats: 1 }));
    bench.hear({ type: "PAUSED", sessionId: "one", reason: "suspended" });
    expect(bench.reading).toMatchObject({ phase: "paused", reason: "suspended" });
    expect(bench.sent()).toEqual([]);
    bench.do(bench.core.goOn());
    expect(bench.sent()).toMatchObject([{ type: "START", resume: { sessionId: "one" } }]);
  });
});

describe("the end", () => {
  it("still takes what is being signed", () => {
    const bench = Bench.running();
    bench.now += 1000;
    bench.hear(beat(1));
    bench.do(bench.core.stop());
    expect(bench.reading).toBeUndefined();
    bench.sign();
    const [stop, ack] = bench.sent();
    expect(stop).toEqual({ type: "STOP", sessionId: "one" });
    expect(ack).toMatchObject({ type: "BEAT_ACK", seq: 1, signature: "signed 1" });
    expect(ack).not.toHaveProperty("positionMs");
    const settled = { type: "SESSION_SETTLED", sessionId: "one", beats: 1, amount: "250000", splits: [] };
    bench.hear(settled);
    expect(bench.take("settled")).toMatchObject([{ settled: { beats: 1, amount: 250_000n } }]);
    expect(bench.take("keep").at(-1)?.kept).toBeUndefined();
    bench.pass(30_000);
    expect(bench.take("disconnect")).toHaveLength(1);
    expect(bench.core.due()).toBeUndefined();
  });

  it("of one track is the beginning of the next on the same line", () => {
    const bench = Bench.running();
    bench.do(bench.core.play({ ...WISH, trackId: "next" }));
    expect(bench.sent().map(({ type }) => type)).toEqual(["STOP", "START"]);
    bench.hear({ type: "SESSION_SETTLED", sessionId: "one", beats: 0, amount: "0" });
    expect(bench.take("refused")).toEqual([]);
    bench.hear(started("two", { trackId: "next" }));
    expect(bench.reading).toMatchObject({ sessionId: "two" });
    expect(bench.take("connect")).toEqual([]);
  });

  it("of what nobody waited for is told to the server when it begins", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.do(bench.core.play({ ...WISH, trackId: "next" }));
    bench.sent();
    bench.hear(started("one"));
    expect(bench.sent()).toEqual([{ type: "STOP", sessionId: "one" }]);
    bench.hear(started("two", { trackId: "next" }));
    expect(bench.reading).toMatchObject({ sessionId: "two", trackId: "next" });
    expect(bench.take("refused")).toEqual([]);
  });

  it("comes from elsewhere, too", () => {
    const bench = Bench.running();
    bench.heard(1);
    bench.hear({ type: "SESSION_SETTLED", sessionId: "one", beats: 1, amount: "250000" });
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "session_ended" }]);
    expect(bench.reading).toBeUndefined();
  });

  it("is there at once where the money does not cover a beat", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.hear({ type: "ERROR", code: "insufficient_funds", detail: "" });
    expect(bench.take("refused")).toEqual([{ is: "refused", code: "insufficient_funds" }]);
  });

  it("of the session before does not end the one that begins", () => {
    const bench = Bench.running();
    bench.do(bench.core.play({ ...WISH, trackId: "next" }));
    bench.hear({ type: "ERROR", code: "session_ended", detail: "", sessionId: "one" });
    expect(bench.take("refused")).toEqual([]);
    bench.hear(started("two", { trackId: "next" }));
    expect(bench.reading).toMatchObject({ sessionId: "two" });
  });

  it("is not there because a server is busy", () => {
    const bench = new Bench();
    bench.do(bench.core.play(WISH));
    bench.open();
    bench.sent();
    bench.hear({ type: "ERROR", code: "session_busy", detail: "" });
    expect(bench.sent()).toEqual([]);
    bench.pass(1000);
    expect(bench.sent()).toMatchObject([{ type: "START" }]);
  });
});

it("passes over what is no frame", () => {
  const bench = Bench.running();
  for (const text of ["", "[]", "null", '{"type":7}', '{"type":"BEAT"}', '{"type":"LATER"}']) {
    bench.do(bench.core.frame(bench.core.connection ?? -1, text));
  }
  bench.hear(beat(1, { cumulativeAmount: 250000 }));
  bench.hear(beat(1, { seq: -1 }));
  expect(bench.take("sign")).toEqual([]);
  expect(bench.take("refused")).toEqual([]);
});

const later = () => new Promise((done) => setTimeout(done));

describe("the driver", () => {
  it("pays over a socket, and goes on after a reload with the same key", async () => {
    const lines: (Line & { sent: Record<string, unknown>[]; url: string })[] = [];
    const connect = (url: string) => {
      const sent: Record<string, unknown>[] = [];
      const line = {
        url,
        sent,
        onopen: null,
        onmessage: null,
        onclose: null,
        send: (text: string) => void sent.push(JSON.parse(text)),
        close: () => {},
      };
      lines.push(line);
      return line;
    };
    const signer = (secret: string) => ({
      secret,
      address: `of ${secret}`,
      sign: async (_: unknown, amount: bigint, beats: number | bigint) => `${secret}: ${amount} for ${beats}`,
    });
    let made = 0;
    let kept: KeptPlay | undefined;
    let spent: bigint | undefined;
    const make = () => {
      const session = new SessionFetch({ baseUrl: "", fetch, now: Date.now });
      return new Meter(
        {
          baseUrl: "https://music.example",
          session,
          connect,
          makeKey: () => signer(`secret ${++made}`),
          keyOf: signer,
          position: () => 1500,
          keep: (play) => {
            kept = play;
          },
        },
        {
          // What is told may lead to more that is done.
          reading: (reading) => {
            spent = reading?.spent;
          },
          beat: () => meter.sounding(true),
          settled: () => {},
          free: () => {},
          refused: () => {},
        },
      );
    };
    let meter = make();
    const { sessionKey: _, ...wish } = WISH;
    meter.play(wish);
    await later();
    const [line] = lines;
    expect(line?.url).toBe("wss://music.example/ws/stream");
    line?.onopen?.();
    line?.onmessage?.({ data: JSON.stringify(started()) });
    line?.onmessage?.({ data: JSON.stringify(beat(1)) });
    await later();
    expect(spent).toBe(PRICE);
    expect(line?.sent.map(({ type }) => type)).toEqual(["START", "PAUSE", "RESUME", "BEAT_ACK"]);
    expect(line?.sent.at(-1)).toMatchObject({ signature: "secret 1: 250000 for 1", positionMs: 1500 });
    meter = make();
    meter.play(wish, JSON.parse(JSON.stringify(kept)));
    await later();
    lines[1]?.onopen?.();
    expect(lines[1]?.sent).toMatchObject([
      {
        type: "START",
        sessionKey: "of secret 1",
        resume: { sessionId: "one", voucher: { beats: 1, signature: "secret 1: 250000 for 1" } },
      },
    ]);
    expect(spent).toBe(PRICE);
    lines[1]?.onmessage?.({ data: JSON.stringify(started("one", { cap: "250000", seq: 1, beats: 1 })) });
    const capped = { type: "PAUSED", sessionId: "one", reason: "cap", reachedCap: "perPlay" };
    lines[1]?.onmessage?.({ data: JSON.stringify(capped) });
    meter.goOn(5n * PRICE);
    const left = kept as KeptPlay;
    /** What is asked of a session that begins so much later: RESUME with a cap, if any. */
    const begunAfter = async (age: number, trackId = wish.trackId) => {
      meter = make();
      meter.play({ ...wish, trackId }, { ...left, at: Date.now() - age });
      await later();
      const line = lines.at(-1);
      line?.onopen?.();
      line?.onmessage?.({ data: JSON.stringify(started("two", { trackId, cap: "500000" })) });
      meter.stop();
      return line?.sent.filter(({ type }) => type === "RESUME").map(({ cap }) => cap);
    };
    // The session has ended, and what was chosen for this play goes on; not for ever, and not for another track.
    expect(await begunAfter(20_000)).toEqual([(4n * PRICE).toString()]);
    expect(await begunAfter(40 * 60_000)).toEqual([]);
    expect(await begunAfter(20_000, "other")).toEqual([]);
    expect(made).toBe(4);
  });
});
