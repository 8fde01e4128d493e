import createClient, { type Client } from "openapi-fetch";
import { ApiError, errorFrom, isRetryableStatus, NetworkError } from "./errors.ts";
import type { components, paths } from "./schema.gen.ts";
import { SessionFetch, type TokenStore } from "./session.ts";

type Schemas = components["schemas"];

export interface ResonanceOptions {
  /** The server, as `https://music.example`; in a browser the page's own origin unless said. */
  baseUrl?: string;
  /** React Native's own `fetch`, for one; the global one unless said. */
  fetch?: typeof fetch;
  /** Where tokens are kept. Without it the client is a browser's and its log-in is in cookies. */
  tokens?: TokenStore;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** The log-in has ended: the caller is anonymous from now on. */
  onSessionEnd?: () => void;
}

/** The server's public surface, typed by its OpenAPI document. */
export class Resonance {
  /** Every operation: `api.GET("/api/v1/tracks/{id}", …)`. Prefer {@link ask}, which throws typed errors. */
  readonly api: Client<paths>;
  readonly baseUrl: string;
  readonly session: SessionFetch;

  constructor(options: ResonanceOptions = {}) {
    this.baseUrl = (options.baseUrl ?? globalThis.location?.origin ?? "").replace(/\/+$/, "");
    this.session = new SessionFetch({
      baseUrl: this.baseUrl,
      fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
      tokens: options.tokens,
      now: options.now ?? Date.now,
      onEnd: options.onSessionEnd,
    });
    this.api = createClient<paths>({
      baseUrl: this.baseUrl,
      credentials: "same-origin",
      fetch: this.session.fetch,
    });
  }

  async register(registration: Schemas["Registration"]): Promise<Schemas["User"]> {
    return await this.#begin(await ask(this.api.POST("/api/v1/auth/register", { body: registration })));
  }

  /** `login` is an e-mail address or a username. */
  async logIn(login: string, password: string): Promise<Schemas["User"]> {
    return await this.#begin(await ask(this.api.POST("/api/v1/auth/login", { body: { login, password } })));
  }

  /** With a message that the server gave out for this, and what the wallet made of it. The first time makes the account. */
  async logInByWallet(signed: Schemas["SignedMessage"]): Promise<Schemas["WalletSession"]> {
    const session = await ask(this.api.POST("/api/v1/auth/wallet/login", { body: signed }));
    await this.#begin(session);
    return session;
  }

  async logOut(): Promise<void> {
    await ask(this.api.POST("/api/v1/auth/logout"));
  }

  /** An address of this server for a path that it gave, as `streamUrl` or `coverUrl`. */
  url(path: string): string {
    return new URL(path, `${this.baseUrl}/`).href;
  }

  async #begin(session: Schemas["Session"]): Promise<Schemas["User"]> {
    await this.session.keep(session);
    return session.user;
  }
}

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** What an operation answered; throws {@link ApiError} or {@link NetworkError}. */
export async function ask<A extends Answer>(operation: Promise<A>): Promise<Exclude<A["data"], undefined>> {
  const { data, error, response } = await operation;
  if (!response.ok) {
    throw errorFrom(error, response);
  }
  return data as Exclude<A["data"], undefined>;
}

/** Whether asking again may help: the server was away, busy or failed. */
export function isRetryable(error: unknown): boolean {
  return error instanceof NetworkError || (error instanceof ApiError && isRetryableStatus(error.status));
}
