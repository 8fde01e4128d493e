import type { Beat, Cap, Settled, Terms } from "./meterframes.ts";
import { capLeft, type Kept, type Reading, type Wish } from "./meterplay.ts";
import { MeterCore, type MeterEffect } from "./meterstate.ts";
import type { SocketOptions } from "./socket.ts";

type Line = ReturnType<SocketOptions["connect"]>;

/** The key of one session: signs, and shows nobody its secret but the page that made it. */
export interface Signer {
  readonly address: string;
  readonly secret: string;
  /** Throws if the terms are not what such a key signs for. */
  sign(terms: Terms, cumulativeAmount: bigint, beats: number): Promise<string>;
}

/** A play that can be gone on with after a reload: in words that any store takes. */
export interface KeptPlay {
  readonly trackId: string;
  readonly secret: string;
  readonly kept: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface MeterOptions extends Pick<SocketOptions, "baseUrl" | "session" | "connect" | "renew"> {
  makeKey: () => Signer;
  keyOf: (secret: string) => Signer;
  /** Where the player is, in milliseconds of the track. */
  position: () => number;
  /** Keeps what it takes to go on after a reload; undefined: nothing is open any more. */
  keep?: (play: KeptPlay | undefined) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

export interface MeterListener {
  reading(reading: Reading | undefined): void;
  beat(beat: Beat): void;
  settled(settled: Settled): void;
  /** The track costs the caller nothing. */
  free(): void;
  /** `reachedCap`: which cap was in the way, of `cap_reached`. */
  refused(code: string, reachedCap?: Cap): void;
}

/** So long after a reload a session may still be open at the server. */
const KEPT_MS = 15_000;
/** So long a play may rest, with or without its page: what was chosen for it alone holds as long. */
const REST_MS = 30 * 60_000;

/** Pays for what is heard: one session at a time, over a socket of its own (docs/METER.md). */
export class Meter {
  readonly #options: MeterOptions;
  readonly #listener: MeterListener;
  readonly #core: MeterCore;
  readonly #now: () => number;
  readonly #lines = new Map<number, Line>();
  readonly #keys = new Map<string, Signer>();
  readonly #waiting: MeterEffect[] = [];
  #isRunning = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: MeterOptions, listener: MeterListener) {
    this.#options = options;
    this.#listener = listener;
    this.#now = options.now ?? (() => performance.now());
    this.#core = new MeterCore(this.#now);
  }

  /** Begins to pay for a track, or goes on where a page left off a moment ago. */
  play(wish: Omit<Wish, "sessionKey" | "resume" | "cap">, left?: KeptPlay): void {
    const age = left?.trackId === wish.trackId ? Date.now() - left.at : Number.POSITIVE_INFINITY;
    const kept = left && age < REST_MS ? unpack(left.kept) : undefined;
    const isOpen = left !== undefined && age < KEPT_MS;
    const key = isOpen ? this.#options.keyOf(left.secret) : this.#options.makeKey();
    const sessionKey = key.address;
    this.#keys.set(sessionKey, key);
    // Sessions that are ending need theirs for two seconds more.
    for (const old of [...this.#keys.keys()].slice(0, -4)) {
      this.#keys.delete(old);
    }
    const past = isOpen ? { resume: kept } : { cap: kept && capLeft(kept) };
    this.#run(this.#core.play({ ...wish, sessionKey, ...past }));
  }

  sounding(is: boolean): void {
    this.#run(this.#core.sounding(is));
  }

  goOn(cap?: bigint): void {
    this.#run(this.#core.goOn(cap));
  }

  seek(ms: number): void {
    this.#run(this.#core.seek(ms));
  }

  stop(): void {
    this.#run(this.#core.stop());
  }

  /** What is told may lead to more to be done: that waits its turn. */
  #run(effects: readonly MeterEffect[]): void {
    this.#waiting.push(...effects);
    if (this.#isRunning) {
      return;
    }
    this.#isRunning = true;
    try {
      for (let effect = this.#waiting.shift(); effect; effect = this.#waiting.shift()) {
        this.#do(effect);
      }
    } finally {
      this.#isRunning = false;
    }
    clearTimeout(this.#timer);
    const due = this.#core.due();
    if (due !== undefined) {
      this.#timer = setTimeout(() => this.#run(this.#core.tick()), Math.max(0, due - this.#now()));
    }
  }

  #do(effect: MeterEffect): void {
    switch (effect.is) {
      case "connect":
        void this.#connect(effect.connection, effect.renew);
        break;
      case "send":
        this.#lines.get(effect.connection)?.send(effect.frame);
        break;
      case "disconnect": {
        const line = this.#lines.get(effect.connection);
        this.#lines.delete(effect.connection);
        line?.close();
        break;
      }
      case "sign":
        void this.#sign(effect);
        break;
      case "keep":
        this.#keep(effect.kept);
        break;
      case "reading":
        this.#listener.reading(effect.reading);
        break;
      case "beat":
        this.#listener.beat(effect.beat);
        break;
      case "settled":
        this.#listener.settled(effect.settled);
        break;
      case "free":
        this.#listener.free();
        break;
      case "refused":
        this.#listener.refused(effect.code, effect.reachedCap);
        break;
    }
  }

  #keep(kept: Kept | undefined): void {
    const secret = kept && this.#keys.get(kept.sessionKey)?.secret;
    this.#options.keep?.(
      kept && secret ? { trackId: kept.terms.trackId, secret, kept: pack(kept), at: Date.now() } : undefined,
    );
  }

  async #sign({ terms, sessionKey, ...beat }: Extract<MeterEffect, { is: "sign" }>): Promise<void> {
    const { seq, beats, cumulativeAmount } = beat;
    const key = this.#keys.get(sessionKey);
    const signature = await key?.sign(terms, cumulativeAmount, beats).catch(() => undefined);
    const at = this.#options.position();
    this.#run(this.#core.signed(terms.sessionId, { seq, beats, cumulativeAmount }, signature, at));
  }

  async #connect(connection: number, renew: boolean): Promise<void> {
    const { baseUrl, session, connect } = this.#options;
    let token: string | undefined;
    try {
      if (renew) {
        await this.#options.renew?.();
      }
      token = await session.bearer();
    } catch {
      // The server is away: it is tried again.
      this.#run(this.#core.closed(connection));
      return;
    }
    if (this.#core.connection !== connection) {
      return;
    }
    const line = connect(`${baseUrl.replace(/^http/, "ws")}/ws/stream`);
    this.#lines.set(connection, line);
    line.onopen = () => this.#run(this.#core.opened(connection, token));
    line.onmessage = ({ data }) => typeof data === "string" && this.#run(this.#core.frame(connection, data));
    line.onclose = ({ code }) => {
      this.#lines.delete(connection);
      this.#run(this.#core.closed(connection, code));
    };
  }
}

function pack(kept: Kept): string {
  return JSON.stringify(kept, (_, value: unknown) =>
    typeof value === "bigint" ? { minor: value.toString() } : value,
  );
}

function unpack(text: string): Kept | undefined {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === "object" && value !== null && "minor" in value ? BigInt(String(value.minor)) : value,
    );
  } catch {
    return undefined;
  }
}
