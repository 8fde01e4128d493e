import type { SessionFetch } from "./session.ts";
import { SocketCore, type SocketEffect, type SocketStatus } from "./socketstate.ts";

/** As much of a WebSocket as is needed: browsers, React Native and Node have one to make it of. */
export interface Line {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code?: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketOptions {
  baseUrl: string;
  session: SessionFetch;
  connect: (url: string) => Line;
  /** Renews a browser's log-in, which is in cookies; an app's is renewed by itself. */
  renew?: () => Promise<unknown>;
  now?: () => number;
  random?: () => number;
}

export interface ChannelListener {
  /** Something happened; `id` counts up within the channel. */
  event: (data: unknown, id: number) => void;
  /** Heard from now on, after nothing was said of where to begin: what was loaded before may be older than that. */
  begun?: () => void;
  /** Events were missed: load anew what they tell of. */
  gap?: () => void;
  /** The channel is not for the caller, or not there. One that cannot be had at the moment is asked for again instead. */
  refused?: (code: string) => void;
}

/** The server's events as they happen, from one connection for all channels. */
export class Socket {
  readonly #options: SocketOptions;
  readonly #core: SocketCore;
  readonly #listeners = new Map<string, Set<ChannelListener>>();
  readonly #lines = new Map<number, Line>();
  readonly #watchers = new Set<(status: SocketStatus) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #status: SocketStatus = "idle";

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#core = new SocketCore({ now: () => this.#now(), random: options.random ?? Math.random });
  }

  get status(): SocketStatus {
    return this.#status;
  }

  /** Hears a channel until the answered function is called. Many may hear one; the last to go ends it. */
  listen(channel: string, listener: ChannelListener, since?: number): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    listeners.add(listener);
    if (listeners.size === 1) {
      this.#run(this.#core.subscribe(channel, since));
    }
    return () => {
      if (listeners.delete(listener) && listeners.size === 0 && this.#listeners.get(channel) === listeners) {
        this.#listeners.delete(channel);
        this.#run(this.#core.unsubscribe(channel));
      }
    };
  }

  /** Hears how the connection stands. */
  watch(watcher: (status: SocketStatus) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Says whether it is worth while to be connected: not without a network, nor while nobody looks. */
  setAwake(awake: boolean): void {
    this.#run(this.#core.setAwake(awake));
  }

  /** Somebody logged in or out. */
  restart(): void {
    this.#run(this.#core.restart());
  }

  #run(effects: readonly SocketEffect[]): void {
    for (const effect of effects) {
      this.#do(effect);
    }
    clearTimeout(this.#timer);
    const due = this.#core.due();
    if (due !== undefined) {
      this.#timer = setTimeout(() => this.#run(this.#core.tick()), Math.max(0, due - this.#now()));
    }
  }

  #do(effect: SocketEffect): void {
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
      case "deliver":
        this.#tell(effect.channel, (listener) => listener.event(effect.data, effect.id));
        break;
      case "begun":
        this.#tell(effect.channel, (listener) => listener.begun?.());
        break;
      case "gap":
        this.#tell(effect.channel, (listener) => listener.gap?.());
        break;
      case "refused":
        this.#tell(effect.channel, (listener) => listener.refused?.(effect.code));
        break;
      case "status":
        this.#status = effect.status;
        for (const watcher of this.#watchers) {
          watcher(effect.status);
        }
        break;
    }
  }

  #tell(channel: string, tell: (listener: ChannelListener) => void): void {
    for (const listener of this.#listeners.get(channel) ?? []) {
      tell(listener);
    }
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
      // The server is away: the core waits, and tries again.
      this.#run(this.#core.closed(connection));
      return;
    }
    if (this.#core.connection !== connection) {
      return;
    }
    const line = connect(`${baseUrl.replace(/^http/, "ws")}/api/v1/ws`);
    this.#lines.set(connection, line);
    line.onopen = () => this.#run(this.#core.opened(connection, token));
    line.onmessage = ({ data }) => {
      if (typeof data === "string") {
        this.#run(this.#core.frame(connection, data));
      }
    };
    line.onclose = ({ code }) => {
      this.#lines.delete(connection);
      this.#run(this.#core.closed(connection, code));
    };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
