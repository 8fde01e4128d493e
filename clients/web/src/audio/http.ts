import type { Bytes } from "./bytes.ts";
import type { Part } from "./engine.ts";

/** Why the bytes of a track are not to be had. `away`: its file is not where the server keeps it, and may come back. */
export type Refusal = "missing" | "away" | "refused" | "log_in";

export class RefusedBytes extends Error {
  override readonly name = "RefusedBytes";
  readonly reason: Refusal;

  constructor(reason: Refusal) {
    super(reason);
    this.reason = reason;
  }
}

/** How a track's bytes are asked for. */
export interface Wire {
  fetch(request: Request): Promise<Response>;
  /** Another address for the same track, when the one there was has run out. */
  renew(url: string): Promise<string>;
  /** The connection was lost, or is back. */
  trouble(lost: boolean): void;
  /** Resolves after so many milliseconds, or when the network comes back. */
  pause(ms: number): Promise<void>;
  /** For a track whose bytes follow payment: more of them may be had by then. */
  released?: () => Promise<void>;
}

/** The first answer is short, so that the sound begins soon; the others save questions. */
const FIRST = 192 * 1024;
const MOST = 1024 * 1024;
/** What was sent and is never paid for is counted: a listener who goes to another place has left little of it unheard. */
const MOST_PAID = 256 * 1024;
/** As far ahead it is quicker to read on than to ask anew. */
const NEAR = 128 * 1024;

/**
 * A file on the server, in pieces of a bounded size: no connection is held open while enough is buffered.
 * A lost connection is taken up again where it broke, as long as it takes.
 */
export class HttpBytes implements Bytes {
  #url: string;
  readonly #wire: Wire;
  readonly #abort = new AbortController();
  #size: number | undefined;
  #stream: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  /** Where the next chunk of the stream stands in the file. */
  #at = 0;
  #asked = 0;
  #part: Part | undefined;
  /** The last chunk: whoever looks again at the beginning asks nobody. */
  #last: { at: number; chunk: Uint8Array } = { at: 0, chunk: new Uint8Array() };

  constructor(url: string, wire: Wire) {
    this.#url = url;
    this.#wire = wire;
  }

  /** Which part of its track the file is, as its server says; none for the whole. Known after the first answer. */
  get part(): Part | undefined {
    return this.#part;
  }

  get size(): number | undefined {
    return this.#size;
  }

  close(): void {
    this.#abort.abort();
    this.#drop();
  }

  async read(offset: number): Promise<Uint8Array> {
    const { at, chunk } = this.#last;
    if (offset >= at && offset < at + chunk.length) {
      return chunk.subarray(offset - at);
    }
    let failures = 0;
    for (;;) {
      this.#abort.signal.throwIfAborted();
      if (this.#size !== undefined && offset >= this.#size) {
        return new Uint8Array();
      }
      try {
        const found = await this.#next(offset);
        if (failures > 0) {
          this.#wire.trouble(false);
        }
        if (found) {
          return found;
        }
      } catch (error) {
        this.#drop();
        this.#abort.signal.throwIfAborted();
        if (error instanceof RefusedBytes) {
          throw error;
        }
        failures += 1;
        // The first time a connection is merely taken up again: servers end those that are idle.
        if (failures > 1) {
          this.#wire.trouble(true);
          await this.#wire.pause(Math.min(8000, 250 * 2 ** failures));
        }
      }
    }
  }

  /** A chunk at `offset`; undefined when an answer ended just before it. */
  async #next(offset: number): Promise<Uint8Array | undefined> {
    if (!this.#stream || offset < this.#at || offset > this.#at + NEAR) {
      await this.#ask(offset);
    }
    for (;;) {
      const { value, done } = (await this.#stream?.read()) ?? { done: true };
      if (done || !value) {
        this.#stream = undefined;
        return undefined;
      }
      const at = this.#at;
      this.#at += value.length;
      if (this.#at > offset) {
        this.#last = { at, chunk: value };
        return value.subarray(offset - at);
      }
    }
  }

  async #ask(offset: number): Promise<void> {
    this.#drop();
    const { released } = this.#wire;
    const length = this.#asked === 0 ? FIRST : released ? MOST_PAID : MOST;
    this.#asked += 1;
    let response = await this.#send(offset, length);
    while (released && this.#isWithheld(response)) {
      response.body?.cancel().catch(() => {});
      await released();
      this.#abort.signal.throwIfAborted();
      response = await this.#send(offset, length);
    }
    if (response.status === 401 || response.status === 403) {
      this.#url = await this.#renewed(response);
      response = await this.#send(offset, length);
    }
    this.#part = partOf(response.headers.get("x-resonance-preview"));
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
    if (response.status === 206 && range && Number(range[1]) === offset) {
      this.#size = Number(range[2]);
      this.#at = offset;
    } else if (response.ok && response.status !== 206) {
      this.#size = Number(response.headers.get("content-length")) || undefined;
      this.#at = 0;
    } else if (response.status === 416) {
      this.#size = offset;
      return;
    } else {
      const isAway = response.status === 503 && (await codeOf(response)) === "audio_missing";
      throw isAway
        ? new RefusedBytes("away")
        : (refusal(response.status) ?? new Error(`status ${response.status}`));
    }
    this.#stream = response.body?.getReader();
  }

  /** Not that far yet; or of a preview, which is another file than what was read so far. */
  #isWithheld({ status, headers }: Response): boolean {
    const isBeyond = status === 416 && this.#size !== undefined;
    return status === 403 || isBeyond || headers.has("x-resonance-preview");
  }

  async #renewed(response: Response): Promise<string> {
    try {
      return await this.#wire.renew(this.#url);
    } catch (error) {
      throw error instanceof RefusedBytes ? error : (refusal(response.status) ?? error);
    }
  }

  #send(offset: number, length: number): Promise<Response> {
    return this.#wire.fetch(
      new Request(this.#url, {
        headers: { range: `bytes=${offset}-${offset + length - 1}` },
        signal: this.#abort.signal,
        credentials: "same-origin",
      }),
    );
  }

  #drop(): void {
    this.#stream?.cancel().catch(() => {});
    this.#stream = undefined;
  }
}

/** Reads `start=30000, length=15000`. */
export function partOf(header: string | null): Part | undefined {
  const figures = /^start=(\d+), *length=(\d+)$/.exec(header?.trim() ?? "");
  return figures ? { startMs: Number(figures[1]), lengthMs: Number(figures[2]) } : undefined;
}

/** Which of its reasons a server gives. */
async function codeOf(response: Response): Promise<unknown> {
  const said: unknown = await response.json().catch(() => undefined);
  return typeof said === "object" && said !== null && "code" in said ? said.code : undefined;
}

function refusal(status: number): RefusedBytes | undefined {
  switch (status) {
    case 401:
      return new RefusedBytes("log_in");
    case 403:
      return new RefusedBytes("refused");
    case 404:
    case 410:
      return new RefusedBytes("missing");
    default:
      return undefined;
  }
}
