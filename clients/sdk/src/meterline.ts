/** The line to the server over which plays are paid for: when it is opened, let go of, and opened again. */
import type { Play } from "./meterplay.ts";

const OPENING_MS = 10_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 4_000;
/** A line that nobody needs is kept for the next track. */
const IDLE_MS = 20_000;

const LOG_IN = 4401;

interface Connection {
  readonly number: number;
  readonly since: number;
  opened: boolean;
  /** STARTs that are not answered yet, in order. */
  readonly asked: Play[];
}

/** Every `now` is milliseconds of a clock that never goes back. */
export class MeterLine {
  #connection: Connection | undefined;
  #connections = 0;
  #failures = 0;
  #next = 0;
  #renew = false;
  #refusedLogIns = 0;
  #idleSince = 0;

  /** The connection at hand. */
  get number(): number | undefined {
    return this.#connection?.number;
  }

  get isOpen(): boolean {
    return this.#connection?.opened ?? false;
  }

  /** The log-in is to be renewed before the next connection. */
  get renew(): boolean {
    return this.#renew;
  }

  /** The log-in was refused, and once more after it was renewed. */
  get isRefused(): boolean {
    return this.#refusedLogIns > 1;
  }

  /** There is one, and no START waits for an answer. */
  get isIdle(): boolean {
    return this.#connection?.asked.length === 0;
  }

  /** The play whose START is answered next. */
  get asked(): Play | undefined {
    return this.#connection?.asked[0];
  }

  hasAsked(play: Play): boolean {
    return this.#connection?.asked.includes(play) ?? false;
  }

  ask(play: Play): void {
    this.#connection?.asked.push(play);
  }

  /** The play whose START is answered. */
  answered(): Play | undefined {
    return this.#connection?.asked.shift();
  }

  /** Begins a connection, if there is none and it is time for one. */
  begin(now: number): number | undefined {
    if (this.#connection || now < this.#next) {
      return undefined;
    }
    this.#connection = { number: ++this.#connections, since: now, opened: false, asked: [] };
    return this.#connections;
  }

  /** False for a connection that is none any more. */
  opened(connection: number): boolean {
    if (this.#connection?.number !== connection) {
      return false;
    }
    this.#connection.opened = true;
    this.#renew = false;
    return true;
  }

  /** False for a connection that is none any more; {@link lose} is to follow. */
  closed(connection: number, code: number | undefined): boolean {
    if (this.#connection?.number !== connection) {
      return false;
    }
    this.#refusedLogIns = code === LOG_IN ? this.#refusedLogIns + 1 : 0;
    // A browser is not told why a connection never opened.
    this.#renew = code === LOG_IN || !this.#connection.opened;
    return true;
  }

  /** It is gone, and comes again the later the more often it went. */
  lose(now: number): void {
    this.#connection = undefined;
    this.#next = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures);
    this.#failures += 1;
  }

  /** It serves: what went wrong before does not count. */
  serves(): void {
    this.#failures = 0;
    this.#refusedLogIns = 0;
  }

  /** Somebody waits for the next connection: it is not put off beyond `at`. */
  wanted(at: number): void {
    this.#next = Math.min(this.#next, at);
  }

  /** Nobody needs it from now on. */
  rest(now: number): void {
    this.#idleSince = now;
  }

  /** It does not open. */
  isStuck(now: number): boolean {
    return this.#connection?.opened === false && now >= this.#connection.since + OPENING_MS;
  }

  /** It was kept for long enough. */
  isStale(now: number): boolean {
    return this.isIdle && now >= this.#idleSince + IDLE_MS;
  }

  /** When there is something to do about it, for a play that needs it, or for nobody. */
  due({ needed, unused }: { needed: boolean; unused: boolean }): number[] {
    const times: number[] = [];
    if (this.#connection?.opened === false) {
      times.push(this.#connection.since + OPENING_MS);
    }
    if (!this.#connection && needed) {
      times.push(this.#next);
    }
    if (unused && this.isIdle) {
      times.push(this.#idleSince + IDLE_MS);
    }
    return times;
  }
}
