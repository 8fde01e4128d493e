/**
 * The realtime connection without any connection: what comes in is told to {@link SocketCore}, what is to be done
 * comes out as {@link SocketEffect}s. It subscribes again after every break from where each channel stood, so that
 * the owner of a channel sees each event once, or is told of a gap and asks by REST.
 */

export type SocketEffect =
  /** Open a connection; `renew`: the log-in may be what kept the last one from opening. */
  | { is: "connect"; connection: number; renew: boolean }
  | { is: "send"; connection: number; frame: string }
  | { is: "disconnect"; connection: number }
  | { is: "deliver"; channel: string; id: number; data: unknown }
  /** The channel is heard from here on; nobody said where to begin. */
  | { is: "begun"; channel: string }
  /** Events of the channel were missed: load what it tells of anew. */
  | { is: "gap"; channel: string }
  /** The server does not let the caller hear the channel. */
  | { is: "refused"; channel: string; code: string }
  | { is: "status"; status: SocketStatus };

export type SocketStatus = "idle" | "connecting" | "open" | "waiting";

/** A sign of life is asked for when the line was silent for so long. */
const QUIET_MS = 25_000;
/** Without any answer to it for so long the line is dead. */
const DEAD_MS = 10_000;
/** A handshake takes no longer. */
const OPENING_MS = 15_000;
/** A subscription that is not answered is asked for again. */
const UNANSWERED_MS = 10_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A connection that held so long begins its waits anew. */
const STEADY_MS = 10_000;
/** Why a server closes: nobody is logged in any more; more connections or frames than it takes. */
const LOG_IN = 4401;
const TOO_MANY = 4429;
/** A channel that cannot be looked up at the moment; any other refusal stands. */
const AWAY = "unavailable";
/** The server takes no more of one connection. */
export const MOST_CHANNELS = 100;

interface Channel {
  /** Where the channel stands as far as is known: what comes after it is asked for after a break. */
  last: number | undefined;
  /** The last event that was delivered, or that the owner had from elsewhere. */
  seen: number | undefined;
  /** When it was asked for on this connection, until the server says so. */
  asked: number | undefined;
  /** When it is to be asked for again, after the server could not look it up. */
  again: number | undefined;
  /** How often in a row it could not. */
  failures: number;
  refused: boolean;
}

interface Line {
  number: number;
  opened: number | undefined;
  /** When anything was last heard. */
  heard: number;
  /** When a sign of life was asked for and not yet seen. */
  pinged: number | undefined;
}

export interface SocketClock {
  now: () => number;
  /** In [0, 1): spreads out clients that lost their server together. */
  random: () => number;
}

export class SocketCore {
  readonly #clock: SocketClock;
  readonly #channels = new Map<string, Channel>();
  #line: Line | undefined;
  #lines = 0;
  #failures = 0;
  /** When the next connection may be tried. */
  #next = 0;
  #awake = true;
  #renew = false;
  #status: SocketStatus = "idle";
  #effects: SocketEffect[] = [];

  constructor(clock: SocketClock) {
    this.#clock = clock;
  }

  /** The connection that counts; any other was given up. */
  get connection(): number | undefined {
    return this.#line?.number;
  }

  /** Hears a channel from now on, or from after the event `since`. */
  subscribe(channel: string, since?: number): SocketEffect[] {
    if (this.#channels.has(channel)) {
      return [];
    }
    if (this.#channels.size >= MOST_CHANNELS) {
      return [{ is: "refused", channel, code: "too_many_channels" }];
    }
    this.#channels.set(channel, {
      last: since,
      seen: since,
      asked: undefined,
      again: undefined,
      failures: 0,
      refused: false,
    });
    if (this.#line?.opened !== undefined) {
      this.#ask(channel);
    }
    return this.#settle();
  }

  unsubscribe(channel: string): SocketEffect[] {
    if (this.#channels.delete(channel) && this.#line?.opened !== undefined) {
      this.#send({ t: "unsub", ch: channel });
    }
    return this.#settle();
  }

  /** Offline or out of sight nothing is connected; what was missed meanwhile is caught up with. */
  setAwake(awake: boolean): SocketEffect[] {
    if (awake && !this.#awake) {
      this.#failures = 0;
      this.#next = 0;
    }
    this.#awake = awake;
    return this.#settle();
  }

  /** Somebody logged in or out: everything is asked for again as who that is. */
  restart(): SocketEffect[] {
    for (const channel of this.#channels.values()) {
      channel.refused = false;
    }
    this.#failures = 0;
    this.#next = 0;
    this.#hangUp();
    return this.#settle();
  }

  opened(connection: number, token?: string): SocketEffect[] {
    const line = this.#line;
    if (line?.number !== connection) {
      return [];
    }
    line.opened = line.heard = this.#clock.now();
    this.#renew = false;
    if (token) {
      this.#send({ t: "auth", token });
    }
    for (const channel of this.#channels.keys()) {
      this.#ask(channel);
    }
    return this.#settle();
  }

  /** `code` is why, as far as the server said. */
  closed(connection: number, code?: number): SocketEffect[] {
    if (this.#line?.number === connection) {
      this.#lose(code);
    }
    return this.#settle();
  }

  /** A frame of a connection; those of one that was given up are late and of no matter. */
  frame(connection: number, text: string): SocketEffect[] {
    const line = this.#line;
    if (line?.number !== connection) {
      return [];
    }
    line.heard = this.#clock.now();
    line.pinged = undefined;
    const frame = read(text);
    if (frame) {
      this.#take(frame);
    }
    return this.#settle();
  }

  /** Time has passed. */
  tick(): SocketEffect[] {
    const line = this.#line;
    const now = this.#clock.now();
    if (line && line.opened === undefined && now >= line.heard + OPENING_MS) {
      this.#hangUp();
      this.#wait();
    } else if (line?.pinged !== undefined && now >= line.pinged + DEAD_MS) {
      this.#hangUp();
      this.#wait();
    } else if (line?.opened !== undefined) {
      if (line.pinged === undefined && now >= line.heard + QUIET_MS) {
        line.pinged = now;
        // Scripts do not see the pings of the connection itself. Whatever is answered to this is a sign of life.
        this.#send({ t: "ping" });
      }
      for (const [name, channel] of this.#channels) {
        const due = dueOf(channel);
        if (due !== undefined && now >= due) {
          this.#ask(name);
        }
      }
    }
    return this.#settle();
  }

  /** When {@link tick} has something to do next; undefined: not by itself. */
  due(): number | undefined {
    const line = this.#line;
    if (!line) {
      return this.#wanted() ? this.#next : undefined;
    }
    if (line.opened === undefined) {
      return line.heard + OPENING_MS;
    }
    const times = [line.pinged === undefined ? line.heard + QUIET_MS : line.pinged + DEAD_MS];
    for (const channel of this.#channels.values()) {
      times.push(dueOf(channel) ?? Number.POSITIVE_INFINITY);
    }
    return Math.min(...times);
  }

  #take(frame: Frame): void {
    if (frame.t === "ping") {
      this.#send({ t: "pong" });
      return;
    }
    const channel = frame.ch === undefined ? undefined : this.#channels.get(frame.ch);
    if (!channel || frame.ch === undefined) {
      return;
    }
    switch (frame.t) {
      case "ok":
        this.#begin(frame.ch, channel, frame.id);
        break;
      case "ev":
        this.#event(frame.ch, channel, frame);
        break;
      case "gap":
        this.#gap(frame.ch, channel, frame.id);
        break;
      case "err":
        this.#end(frame.ch, channel, frame.code ?? "refused");
        break;
    }
  }

  /** What comes after `id` follows as events; of a channel of values the value itself, which has that id. */
  #begin(name: string, channel: Channel, id: number | undefined): void {
    channel.asked = undefined;
    channel.failures = 0;
    if (id === undefined) {
      return;
    }
    // A server that was restored from a backup counts anew.
    if (channel.last !== undefined && id < channel.last) {
      channel.seen = undefined;
      this.#effects.push({ is: "gap", channel: name });
    } else if (channel.last === undefined) {
      this.#effects.push({ is: "begun", channel: name });
    }
    channel.last = id;
  }

  #event(name: string, channel: Channel, { id, d }: Frame): void {
    const known = channel.seen ?? (channel.last === undefined ? undefined : channel.last - 1);
    if (id === undefined || (known !== undefined && id <= known)) {
      return;
    }
    channel.last = channel.seen = id;
    this.#effects.push({ is: "deliver", channel: name, id, data: d });
  }

  /** What is loaded anew covers all up to `id`: none of that is asked for again, or delivered should it be late. */
  #gap(name: string, channel: Channel, id: number | undefined): void {
    if (id !== undefined && (channel.seen === undefined || id > channel.seen)) {
      channel.last = channel.seen = id;
    }
    this.#effects.push({ is: "gap", channel: name });
  }

  /** The server ended the channel: for good, or until it can look it up again. */
  #end(name: string, channel: Channel, code: string): void {
    channel.asked = undefined;
    if (code === AWAY) {
      channel.again = this.#clock.now() + this.#pause(channel.failures);
      channel.failures += 1;
    } else {
      channel.refused = true;
      this.#effects.push({ is: "refused", channel: name, code });
    }
  }

  #ask(name: string): void {
    const channel = this.#channels.get(name);
    if (channel && !channel.refused) {
      channel.asked = this.#clock.now();
      channel.again = undefined;
      this.#send({ t: "sub", ch: name, ...(channel.last === undefined ? {} : { since: channel.last }) });
    }
  }

  #send(frame: object): void {
    if (this.#line) {
      this.#effects.push({ is: "send", connection: this.#line.number, frame: JSON.stringify(frame) });
    }
  }

  /** Ends the connection without waiting to hear that it is over. */
  #hangUp(): void {
    if (this.#line) {
      this.#effects.push({ is: "disconnect", connection: this.#line.number });
      this.#line = undefined;
      this.#forget();
    }
  }

  #lose(code: number | undefined): void {
    const opened = this.#line?.opened;
    this.#line = undefined;
    this.#forget();
    if (opened !== undefined && this.#clock.now() - opened >= STEADY_MS) {
      this.#failures = 0;
    }
    // Closed before or soon after it opened: the log-in may be over, which a browser is not always told.
    this.#renew = code === LOG_IN || opened === undefined || this.#clock.now() - opened < STEADY_MS;
    if (code === TOO_MANY) {
      this.#failures = 16;
    }
    this.#wait();
  }

  #forget(): void {
    for (const channel of this.#channels.values()) {
      channel.asked = undefined;
      channel.again = undefined;
    }
  }

  #wait(): void {
    this.#next = this.#clock.now() + this.#pause(this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
  }

  #pause(failures: number): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
    return longest * (0.5 + this.#clock.random() / 2);
  }

  #wanted(): boolean {
    return this.#awake && [...this.#channels.values()].some(({ refused }) => !refused);
  }

  /** Brings the connection in line with what is wanted, and hands out what is to be done. */
  #settle(): SocketEffect[] {
    const now = this.#clock.now();
    if (this.#line && !this.#wanted()) {
      this.#hangUp();
    } else if (!this.#line && this.#wanted() && now >= this.#next) {
      this.#line = { number: ++this.#lines, opened: undefined, heard: now, pinged: undefined };
      this.#effects.push({ is: "connect", connection: this.#lines, renew: this.#renew });
    }
    const status = this.#line
      ? this.#line.opened === undefined
        ? "connecting"
        : "open"
      : this.#wanted()
        ? "waiting"
        : "idle";
    if (status !== this.#status) {
      this.#status = status;
      this.#effects.push({ is: "status", status });
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

/** When a channel is to be asked for again; undefined: not by itself. */
function dueOf({ asked, again }: Channel): number | undefined {
  return asked === undefined ? again : asked + UNANSWERED_MS;
}

interface Frame {
  t: string;
  ch?: string;
  id?: number;
  d?: unknown;
  code?: string;
}

/** A frame of the server; anything else is passed over, as a newer server may say more. */
function read(text: string): Frame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("t" in value) || typeof value.t !== "string") {
    return undefined;
  }
  return {
    t: value.t,
    ...("ch" in value && typeof value.ch === "string" ? { ch: value.ch } : {}),
    ...("id" in value && Number.isSafeInteger(value.id) ? { id: Number(value.id) } : {}),
    ...("d" in value ? { d: value.d } : {}),
    ...("code" in value && typeof value.code === "string" ? { code: value.code } : {}),
  };
}
