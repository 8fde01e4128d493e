import { ApiError, errorFrom, isRetryableStatus, NetworkError } from "./errors.ts";
import type { SessionFetch } from "./session.ts";
import * as state from "./uploadstate.ts";

/** Where an upload goes and what it carries. */
export interface UploadOrder {
  /** The file's name, to show. */
  name: string;
  /** Its size in bytes. */
  size: number;
  method: "POST" | "PUT";
  /** A path of the server, as `/api/v1/tracks/upload`. */
  path: string;
  /** The form, made anew for each try: what was sent once is not kept in memory. */
  form: () => FormData;
  /** What it belongs to, if files came together. */
  batch?: string;
  /** Why the server would not take it, where that is known before it is sent: then it is not. */
  fault?: state.UploadFault;
}

export interface Sending {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: FormData;
  signal: AbortSignal;
  onProgress: (sent: number, total: number) => void;
}

export interface Sent {
  status: number;
  body: string;
  retryAfter: string | null;
}

/** Sends a form and tells how much of it has left; throws a {@link NetworkError} when it does not arrive. */
export type Transport = (sending: Sending) => Promise<Sent>;

export interface UploadsOptions {
  baseUrl: string;
  session: SessionFetch;
  transport: Transport;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** A browser's log-in is in cookies: the request says so, and gets no tokens back. */
  web?: boolean;
  /** Asked before each file; a small request here renews a browser's log-in. */
  prepare?: () => Promise<unknown>;
}

type Listener = (next: state.Uploads) => void;

/**
 * Sends files, two at a time at most, and goes on with the next whatever becomes of one. What becomes of each is in
 * {@link state}; whoever {@link subscribe}s hears of every change.
 */
export class Uploader {
  readonly #options: UploadsOptions;
  readonly #orders = new Map<string, UploadOrder>();
  readonly #aborts = new Map<string, AbortController>();
  readonly #listeners = new Set<Listener>();
  #state = state.NOTHING;
  #last = 0;
  #starting = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  get state(): state.Uploads {
    return this.#state;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Queues files; answers their ids in the same order. */
  add(orders: readonly UploadOrder[]): string[] {
    const added = orders.map((order) => {
      const id = `u${++this.#last}`;
      this.#orders.set(id, order);
      const { name, size, batch, fault } = order;
      return { id, name, size, ...(batch ? { batch } : {}), ...(fault ? { fault } : {}) };
    });
    this.#apply({ is: "added", files: added });
    return added.map(({ id }) => id);
  }

  /** Gives one up, also while it is sent. */
  cancel(id: string): void {
    this.#apply({ is: "cancelled", id });
    this.#aborts.get(id)?.abort();
  }

  /** Sends one again that failed or was given up. */
  retry(id: string): void {
    this.#apply({ is: "retried", id });
  }

  /** Takes those away that are over. */
  dismiss(ids: readonly string[]): void {
    this.#apply({ is: "dismissed", ids });
    for (const id of ids) {
      if (!this.#state.files.some((file) => file.id === id)) {
        this.#orders.delete(id);
      }
    }
  }

  #apply(event: state.UploadEvent): void {
    const before = this.#state;
    this.#state = state.reduce(before, event);
    if (this.#state !== before) {
      for (const listener of this.#listeners) {
        listener(this.#state);
      }
    }
    this.#startNext();
  }

  #startNext(): void {
    if (this.#starting) {
      return;
    }
    this.#starting = true;
    // Starting one changes what may start, so that is asked for anew each time.
    for (let [id] = state.startable(this.#state); id; [id] = state.startable(this.#state)) {
      void this.#send(id);
    }
    this.#starting = false;
  }

  async #send(id: string): Promise<void> {
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    this.#apply({ is: "started", id, at: this.#now() });
    const order = this.#orders.get(id);
    if (!order) {
      return;
    }
    const event = await this.#authorised(id, order, abort.signal).then(
      (sent) => outcome(id, sent),
      (error: unknown): state.UploadEvent => ({ is: "failed", id, error: fault(error) }),
    );
    // One that was given up may be on its second try already: what became of the first is of no matter.
    if (this.#aborts.get(id) === abort && !abort.signal.aborted) {
      this.#aborts.delete(id);
      this.#apply(event);
    }
  }

  /** Sends it with the caller's log-in, and once more if that had to be renewed. */
  async #authorised(id: string, order: UploadOrder, signal: AbortSignal): Promise<Sent> {
    // A log-in that is over is found out before the whole file is on its way.
    await this.#options.prepare?.();
    const sent = await this.#once(id, order, signal);
    if (sent.status !== 401 || !(await this.#options.session.renew())) {
      return sent;
    }
    return await this.#once(id, order, signal);
  }

  async #once(id: string, order: UploadOrder, signal: AbortSignal): Promise<Sent> {
    const { baseUrl, session, transport, web } = this.#options;
    const bearer = await session.bearer();
    const headers: Record<string, string> = {};
    if (bearer) {
      headers.authorization = `Bearer ${bearer}`;
    }
    if (web) {
      headers["x-resonance-client"] = "web";
    }
    signal.throwIfAborted();
    return await transport({
      url: baseUrl + order.path,
      method: order.method,
      headers,
      body: order.form(),
      signal,
      onProgress: (sent, total) => {
        if (!signal.aborted) {
          this.#apply({ is: "progressed", id, sent, total, at: this.#now() });
        }
      },
    });
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

function outcome(id: string, sent: Sent): state.UploadEvent {
  const body = parsed(sent.body);
  if (sent.status >= 200 && sent.status < 300) {
    return { is: "done", id, result: body };
  }
  const headers = new Headers(sent.retryAfter ? { "retry-after": sent.retryAfter } : {});
  const response = new Response(null, { status: sent.status, headers });
  return { is: "failed", id, error: fault(errorFrom(body, response)) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fault(error: unknown): state.UploadFault {
  if (error instanceof ApiError) {
    return { error, retryable: isRetryableStatus(error.status) || error.code === "unauthenticated" };
  }
  const cause = error instanceof NetworkError ? error : new NetworkError("it was not sent", { cause: error });
  return { error: cause, retryable: true };
}
