import { describe, expect, it } from "vitest";
import { ApiError, ask, NetworkError, Resonance, type Tokens } from "../src/index.ts";

const json = (status: number, body: unknown, type = "application/json") =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(
    JSON.stringify({ type: "about:blank", title: code, detail: "", status, code, requestId: "r" }),
    {
      status,
      headers: { "content-type": "application/problem+json", ...headers },
    },
  );

/** A server that takes one access token and one refresh token, each used up by a renewal. */
function server(start: { access: string; refresh: string }) {
  const state = { ...start, renewals: 0, calls: [] as string[], down: false };
  const fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request;
    const path = new URL(request.url).pathname;
    state.calls.push(path);
    await Promise.resolve();
    if (state.down) {
      throw new TypeError("fetch failed");
    }
    if (path === "/api/v1/auth/refresh") {
      const { refreshToken } = (await request.json()) as { refreshToken: string };
      if (refreshToken !== state.refresh) {
        return problem(401, "invalid_refresh_token");
      }
      state.renewals += 1;
      state.access = `access${state.renewals}`;
      state.refresh = `refresh${state.renewals}`;
      return json(200, { user: {}, expiresIn: 900, accessToken: state.access, refreshToken: state.refresh });
    }
    if (request.headers.get("authorization") !== `Bearer ${state.access}`) {
      return problem(401, "unauthenticated");
    }
    return json(200, { echo: request.method === "PATCH" ? await request.text() : path });
  };
  return { state, fetch };
}

function store(tokens?: Tokens) {
  let held = tokens;
  return {
    read: () => held,
    write: (next: Tokens | undefined) => {
      held = next;
    },
  };
}

const later = Date.now() + 3_600_000;

describe("a session", () => {
  it("renews once for many requests at a time, and sends their bodies again", async () => {
    const { state, fetch } = server({ access: "new", refresh: "r0" });
    const tokens = store({ accessToken: "old", refreshToken: "r0", expiresAt: later });
    const client = new Resonance({ baseUrl: "http://s", fetch, tokens });
    const answers = await Promise.all([
      ask(client.api.PATCH("/api/v1/me", { body: { bio: "one" } })),
      ask(client.api.PATCH("/api/v1/me", { body: { bio: "two" } })),
      ask(client.api.GET("/api/v1/genres")),
    ]);
    expect(state.renewals).toBe(1);
    expect(answers.map((answer) => (answer as unknown as { echo: string }).echo)).toEqual([
      '{"bio":"one"}',
      '{"bio":"two"}',
      "/api/v1/genres",
    ]);
  });

  it("renews before the token ends, without a refused request", async () => {
    const { state, fetch } = server({ access: "a", refresh: "r0" });
    const tokens = store({ accessToken: "a", refreshToken: "r0", expiresAt: Date.now() + 1_000 });
    await ask(new Resonance({ baseUrl: "http://s", fetch, tokens }).api.GET("/api/v1/genres"));
    expect(state.calls).toEqual(["/api/v1/auth/refresh", "/api/v1/genres"]);
  });

  it("ends when the server says so, and says so once", async () => {
    const { fetch } = server({ access: "new", refresh: "other" });
    const tokens = store({ accessToken: "old", refreshToken: "r0", expiresAt: later });
    let ends = 0;
    const client = new Resonance({ baseUrl: "http://s", fetch, tokens, onSessionEnd: () => (ends += 1) });
    const error = await ask(client.api.GET("/api/v1/genres")).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).code).toBe("unauthenticated");
    expect(ends).toBe(1);
    expect(tokens.read()).toBeUndefined();
  });

  it("has an end that does not begin again when a visitor's pages ask who they are", async () => {
    const fetch = async () => problem(401, "unauthenticated");
    let ends = 0;
    const client = new Resonance({ baseUrl: "http://s", fetch, onSessionEnd: () => (ends += 1) });
    for (let asked = 0; asked < 3; asked++) {
      await ask(client.api.GET("/api/v1/me")).catch(() => {});
    }
    expect(ends).toBe(1);
  });

  it("is nobody's in a browser once it has ended, who is asked for the same again", async () => {
    let hasCookies = true;
    const paths: string[] = [];
    const fetch = async (request: RequestInfo | URL) => {
      const { pathname } = new URL((request as Request).url);
      paths.push(pathname);
      if (hasCookies) {
        hasCookies = pathname !== "/api/v1/auth/refresh";
        return problem(401, hasCookies ? "unauthenticated" : "invalid_refresh_token");
      }
      return json(200, { items: [] });
    };
    const client = new Resonance({ baseUrl: "http://s", fetch });
    await ask(client.api.GET("/api/v1/genres"));
    expect(paths).toEqual(["/api/v1/genres", "/api/v1/auth/refresh", "/api/v1/genres"]);
  });

  it("asks a visitor's question who they are once, and does not repeat it as nobody", async () => {
    const paths: string[] = [];
    const fetch = async (request: RequestInfo | URL) => {
      paths.push(new URL((request as Request).url).pathname);
      return problem(401, "unauthenticated");
    };
    const client = new Resonance({ baseUrl: "http://s", fetch });
    await ask(client.api.GET("/api/v1/me")).catch(() => {});
    expect(paths).toEqual(["/api/v1/me", "/api/v1/auth/refresh"]);
  });

  it("does not end because the network is away", async () => {
    const { state, fetch } = server({ access: "new", refresh: "r0" });
    const tokens = store({ accessToken: "old", refreshToken: "r0", expiresAt: 0 });
    let ends = 0;
    const client = new Resonance({ baseUrl: "http://s", fetch, tokens, onSessionEnd: () => (ends += 1) });
    state.down = true;
    await expect(ask(client.api.GET("/api/v1/genres"))).rejects.toBeInstanceOf(NetworkError);
    expect(ends).toBe(0);
    state.down = false;
    await ask(client.api.GET("/api/v1/genres"));
    expect(state.renewals).toBe(1);
  });

  it("turns problems into errors by code, with fields and the time to wait", async () => {
    const fetch = async () => problem(429, "rate_limited", { "retry-after": "7" });
    const error = await ask(new Resonance({ baseUrl: "http://s", fetch }).api.GET("/api/v1/genres")).catch(
      (e) => e,
    );
    expect(error).toMatchObject({ code: "rate_limited", retryAfter: 7, requestId: "r" });
  });

  it("takes the page of a proxy for what it is", async () => {
    const fetch = async () => new Response("<h1>Bad gateway</h1>", { status: 502 });
    const answer = ask(new Resonance({ baseUrl: "http://s", fetch }).api.GET("/api/v1/genres"));
    await expect(answer).rejects.toBeInstanceOf(NetworkError);
  });
});
