import { errorOf, NetworkError } from "./errors.ts";
import type { components } from "./schema.gen.ts";

type Session = components["schemas"]["Session"];

/** Where an app keeps its tokens; a browser has none, its log-in is in cookies that no script can read. */
export interface TokenStore {
  read(): Promise<Tokens | undefined> | Tokens | undefined;
  write(tokens: Tokens | undefined): Promise<void> | void;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970 at which the access token ends. */
  expiresAt: number;
}

export interface SessionOptions {
  baseUrl: string;
  fetch: typeof fetch;
  /** Absent in a browser. */
  tokens?: TokenStore | undefined;
  now: () => number;
  /** The log-in has ended, here or elsewhere: the caller is anonymous from now on. */
  onEnd?: (() => void) | undefined;
}

/** An access token is renewed this long before its end, so that clocks which differ a little do no harm. */
const EARLY_MS = 30_000;

/**
 * Sends requests with the caller's log-in, and renews it: once for all requests that wait for it.
 * Only an answer that says the log-in is over ends it; a lost connection does not.
 */
export class SessionFetch {
  readonly #options: SessionOptions;
  #renewal: Promise<boolean> | undefined;
  #over = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    // The body can be sent once only, so the second try needs a copy of its own.
    const again = request.clone();
    const sent = await this.#send(request);
    if (sent.response.status !== 401 || !(await endedAccess(sent.response.clone()))) {
      return sent.response;
    }
    // In a browser the first renewal that fails takes the cookies away: whoever has none is somebody without an account,
    // who has nothing of their own to ask for.
    const isOwn = new URL(request.url).pathname.startsWith("/api/v1/me");
    const becomesNobody = !this.#options.tokens && !this.#over && !isOwn;
    // Another request has renewed it meanwhile, or this one does.
    if (sent.token === (await this.#token()) && !(await this.renew()) && !becomesNobody) {
      return sent.response;
    }
    await sent.response.body?.cancel();
    return (await this.#send(again)).response;
  };

  /** Renews the log-in; false when it is over. Throws {@link NetworkError} when the server cannot be asked. */
  renew(): Promise<boolean> {
    this.#renewal ??= this.#exclusively(() => this.#renew()).finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /** Keeps what a log-in or registration answered. */
  async keep(session: Session): Promise<void> {
    this.#over = false;
    await this.#options.tokens?.write(this.#tokensOf(session));
  }

  /** A bearer token for a connection that cannot be repeated, as a socket; `undefined` in a browser. */
  async bearer(): Promise<string | undefined> {
    const { tokens, now } = this.#options;
    const held = await tokens?.read();
    if (held && held.expiresAt - EARLY_MS <= now()) {
      await this.renew();
    }
    return (await tokens?.read())?.accessToken;
  }

  async #send(request: Request): Promise<{ response: Response; token: string | undefined }> {
    const token = await this.bearer();
    if (token) {
      request.headers.set("authorization", `Bearer ${token}`);
    }
    if (!this.#options.tokens) {
      request.headers.set("x-resonance-client", "web");
    }
    return { response: await reached(this.#options.fetch(request)), token };
  }

  async #token(): Promise<string | undefined> {
    return (await this.#options.tokens?.read())?.accessToken;
  }

  async #renew(): Promise<boolean> {
    const { baseUrl, tokens, onEnd } = this.#options;
    const held = await tokens?.read();
    if (tokens && !held) {
      return false;
    }
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (!tokens) {
      headers["x-resonance-client"] = "web";
    }
    const request = new Request(`${baseUrl}/api/v1/auth/refresh`, {
      method: "POST",
      credentials: "same-origin",
      headers,
      body: JSON.stringify(held ? { refreshToken: held.refreshToken } : {}),
    });
    const response = await reached(this.#options.fetch(request));
    if (response.ok) {
      await this.keep((await response.json()) as Session);
      return true;
    }
    if (response.status !== 401 && response.status !== 403) {
      throw await errorOf(response);
    }
    await response.body?.cancel();
    await tokens?.write(undefined);
    // Told once: whoever asks again because of it, as nobody, is refused again.
    if (!this.#over) {
      this.#over = true;
      onEnd?.();
    }
    return false;
  }

  /** Tabs share one log-in; the browser lets one of them renew it at a time. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const locks = this.#options.tokens ? undefined : globalThis.navigator?.locks;
    return locks ? await locks.request("resonance-renew", work) : await work();
  }

  #tokensOf(session: Session): Tokens | undefined {
    const { accessToken, refreshToken, expiresIn } = session;
    if (!accessToken || !refreshToken) {
      return undefined;
    }
    return { accessToken, refreshToken, expiresAt: this.#options.now() + expiresIn * 1000 };
  }
}

async function endedAccess(response: Response): Promise<boolean> {
  const error = await errorOf(response);
  return !(error instanceof NetworkError) && error.code === "unauthenticated";
}

async function reached(answer: Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } catch (cause) {
    // A request that its caller gave up is no failure of the network.
    if (cause instanceof DOMException && cause.name === "AbortError") {
      throw cause;
    }
    throw new NetworkError("the server cannot be reached", { cause });
  }
}
