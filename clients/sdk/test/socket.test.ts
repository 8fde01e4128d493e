import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionFetch } from "../src/session.ts";
import { type Line, Socket } from "../src/socket.ts";
import { MOST_CHANNELS, SocketCore } from "../src/socketstate.ts";

/** A small stream of numbers in [0, 1), always the same for one seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A server with one log of events for each channel, of which it keeps the latest few. */
class Server {
  readonly log = new Map<string, number>();
  readonly lines: ServerLine[] = [];
  kept = 20;

  emit(channel: string): void {
    const id = (this.log.get(channel) ?? 0) + 1;
    this.log.set(channel, id);
    for (const line of this.lines) {
      line.tell(channel, id);
    }
  }

  connect = (): Line => {
    const line = new ServerLine(this);
    this.lines.push(line);
    return line;
  };
}

class ServerLine implements Line {
  onopen: Line["onopen"] = null;
  onmessage: Line["onmessage"] = null;
  onclose: Line["onclose"] = null;
  readonly received: string[] = [];
  readonly #server: Server;
  readonly #channels = new Set<string>();
  mute = false;
  isClosed = false;

  constructor(server: Server) {
    this.#server = server;
  }

  open(): void {
    this.onopen?.();
  }

  /** Ends it from the server's side; what `late` does afterwards must be of no matter. */
  drop(): void {
    this.isClosed = true;
    this.#server.lines.splice(this.#server.lines.indexOf(this), 1);
    this.onclose?.({ code: 1006 });
  }

  close(): void {
    this.isClosed = true;
    const at = this.#server.lines.indexOf(this);
    if (at >= 0) {
      this.#server.lines.splice(at, 1);
    }
  }

  say(frame: object): void {
    if (!this.mute) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }
  }

  tell(ch: string, id: number): void {
    if (this.#channels.has(ch)) {
      this.say({ t: "ev", ch, id, d: id });
    }
  }

  send(text: string): void {
    this.received.push(text);
    const frame = JSON.parse(text) as { t: string; ch: string; since?: number };
    if (frame.t === "sub") {
      const id = this.#server.log.get(frame.ch) ?? 0;
      this.#channels.add(frame.ch);
      if (frame.since !== undefined && id - frame.since > this.#server.kept) {
        this.say({ t: "ok", ch: frame.ch, id });
        this.say({ t: "gap", ch: frame.ch, id });
        return;
      }
      this.say({ t: "ok", ch: frame.ch, id: frame.since ?? id });
      for (let each = (frame.since ?? id) + 1; each <= id; each += 1) {
        this.tell(frame.ch, each);
      }
    } else if (frame.t === "unsub") {
      this.#channels.delete(frame.ch);
    } else if (frame.t === "ping") {
      this.say({ t: "pong" });
    }
  }
}

const session = new SessionFetch({
  baseUrl: "http://s",
  fetch,
  now: Date.now,
  tokens: { read: () => undefined, write: () => {} },
});

function client(server: Server, seed = 1) {
  return new Socket({ baseUrl: "http://s", session, connect: server.connect, random: seeded(seed) });
}

const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function line(server: Server): Promise<ServerLine> {
  await settled();
  const found = server.lines.at(-1);
  if (!found) {
    throw new Error("nobody connected");
  }
  return found;
}

describe("a socket", () => {
  it("connects once somebody listens, and not before", async () => {
    const server = new Server();
    const socket = client(server);
    await settled();
    expect(server.lines).toHaveLength(0);
    const seen: unknown[] = [];
    const stop = socket.listen("job:1", { event: (data) => seen.push(data) });
    (await line(server)).open();
    expect(socket.status).toBe("open");
    server.emit("job:1");
    server.emit("job:2");
    expect(seen).toEqual([1]);
    stop();
    expect(socket.status).toBe("idle");
    expect(server.lines).toHaveLength(0);
  });

  it("goes on after a break where it stood, and sees each event once", async () => {
    const server = new Server();
    const socket = client(server);
    const seen: unknown[] = [];
    socket.listen("a", { event: (data) => seen.push(data) });
    const first = await line(server);
    first.open();
    server.emit("a");
    first.drop();
    server.emit("a");
    server.emit("a");
    await vi.advanceTimersByTimeAsync(2_000);
    (await line(server)).open();
    first.say({ t: "ev", ch: "a", id: 99, d: "late, from the line that was lost" });
    expect(seen).toEqual([1, 2, 3]);
  });

  it("delivers the value of a channel of values, which has the id where the channel begins", async () => {
    const server = new Server();
    const socket = client(server);
    const seen: unknown[] = [];
    socket.listen("job:1", { event: (data) => seen.push(data) });
    const first = await line(server);
    first.open();
    first.say({ t: "ok", ch: "job:1", id: 4 });
    first.say({ t: "ev", ch: "job:1", id: 4, d: "now" });
    first.drop();
    await vi.advanceTimersByTimeAsync(2_000);
    const second = await line(server);
    second.open();
    expect(second.received).toEqual(['{"t":"sub","ch":"job:1","since":4}']);
    second.say({ t: "ok", ch: "job:1", id: 4 });
    second.say({ t: "ev", ch: "job:1", id: 4, d: "now" });
    second.say({ t: "ev", ch: "job:1", id: 9, d: "later" });
    expect(seen).toEqual(["now", "later"]);
  });

  it("renews the log-in when the server says that it is over, and leaves a server alone that has too much", async () => {
    let now = 0;
    const core = new SocketCore({ now: () => now, random: () => 0 });
    const number = () => core.connection ?? 0;
    core.subscribe("a");
    core.opened(number());
    now += 60_000;
    core.closed(number(), 4401);
    now = core.due() ?? now;
    expect(core.tick()).toContainEqual({ is: "connect", connection: 2, renew: true });
    core.opened(number());
    now += 60_000;
    core.closed(number(), 4429);
    expect((core.due() ?? 0) - now).toBe(30_000);
  });

  it("says once from when on it hears a channel, before what comes, and not if it was told where to begin", async () => {
    const server = new Server();
    server.emit("a");
    const socket = client(server);
    const seen: unknown[] = [];
    socket.listen("a", { event: (data) => seen.push(data), begun: () => seen.push("begun") });
    socket.listen("b", { event: (data) => seen.push(data), begun: () => seen.push("not asked") }, 0);
    const first = await line(server);
    expect(seen).toEqual([]);
    first.open();
    server.emit("a");
    first.drop();
    await vi.advanceTimersByTimeAsync(2_000);
    (await line(server)).open();
    server.emit("a");
    expect(seen).toEqual(["begun", 2, 3]);
  });

  it("tells of a gap, and hears what comes after it", async () => {
    const server = new Server();
    server.kept = 2;
    const socket = client(server);
    const [seen, gap] = [[] as unknown[], vi.fn()];
    socket.listen("a", { event: (data) => seen.push(data), gap });
    const first = await line(server);
    first.open();
    server.emit("a");
    first.drop();
    for (let n = 0; n < 5; n += 1) {
      server.emit("a");
    }
    await vi.advanceTimersByTimeAsync(2_000);
    (await line(server)).open();
    server.emit("a");
    expect(gap).toHaveBeenCalledOnce();
    expect(seen).toEqual([1, 7]);
  });

  it("has by a gap all that it says it covers, and goes on after that", async () => {
    const server = new Server();
    const socket = client(server);
    const [seen, gap] = [[] as unknown[], vi.fn()];
    socket.listen("a", { event: (data) => seen.push(data), gap });
    const first = await line(server);
    first.open();
    server.emit("a");
    first.say({ t: "gap", ch: "a", id: 6 });
    first.say({ t: "ev", ch: "a", id: 6, d: "in what was loaded anew" });
    first.drop();
    await vi.advanceTimersByTimeAsync(2_000);
    const second = await line(server);
    second.open();
    expect(second.received).toEqual(['{"t":"sub","ch":"a","since":6}']);
    // A gap of before it is nothing that is not known.
    second.say({ t: "gap", ch: "a", id: 2 });
    second.say({ t: "ev", ch: "a", id: 6, d: "in what was loaded anew" });
    second.say({ t: "ev", ch: "a", id: 7, d: 7 });
    expect(seen).toEqual([1, 7]);
    expect(gap).toHaveBeenCalledTimes(2);
  });

  it("asks again for a channel that cannot be looked up at the moment, after longer and longer waits", async () => {
    const server = new Server();
    const socket = client(server);
    const [seen, refused] = [[] as unknown[], vi.fn()];
    socket.listen("a", { event: (data) => seen.push(data), refused });
    const first = await line(server);
    first.open();
    server.emit("a");
    const asked = () => first.received.filter((text) => text === '{"t":"sub","ch":"a","since":1}').length;
    for (const [n, longest] of [1_000, 2_000, 4_000].entries()) {
      first.say({ t: "err", ch: "a", code: "unavailable" });
      await vi.advanceTimersByTimeAsync(longest / 2 - 1);
      expect(asked()).toBe(n);
      first.mute = n < 2;
      await vi.advanceTimersByTimeAsync(longest / 2 + 1);
      expect(asked()).toBe(n + 1);
      first.mute = false;
    }
    server.emit("a");
    expect(seen).toEqual([1, 2]);
    expect(refused).not.toHaveBeenCalled();
    // It was found meanwhile: the next time begins anew.
    first.say({ t: "err", ch: "a", code: "unavailable" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(first.received.at(-1)).toBe('{"t":"sub","ch":"a","since":2}');
    expect(server.lines).toHaveLength(1);
  });

  it("waits longer and longer for a server that is away, each client a little differently", async () => {
    const waits = (seed: number) => {
      let now = 0;
      const core = new SocketCore({ now: () => now, random: seeded(seed) });
      let effects = core.subscribe("a");
      const found: number[] = [];
      for (let n = 0; n < 9; n += 1) {
        const connect = effects.find(({ is }) => is === "connect");
        if (connect?.is !== "connect") {
          throw new Error("it does not connect");
        }
        core.closed(connect.connection);
        const due = core.due() ?? now;
        found.push(due - now);
        now = due;
        effects = core.tick();
      }
      return found;
    };
    const [one, two] = [waits(1), waits(2)];
    expect(one).not.toEqual(two);
    for (const [n, wait] of one.entries()) {
      const longest = Math.min(60_000, 1_000 * 2 ** n);
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
    }
  });

  it("finds out that a silent line is dead", async () => {
    const server = new Server();
    const socket = client(server);
    socket.listen("a", { event: () => {} });
    const first = await line(server);
    first.open();
    await vi.advanceTimersByTimeAsync(26_000);
    expect(first.received.at(-1)).toBe('{"t":"ping"}');
    expect(first.isClosed).toBe(false);
    first.mute = true;
    await vi.advanceTimersByTimeAsync(36_000);
    expect(first.isClosed).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.lines).toHaveLength(1);
  });

  it("stops while offline or out of sight, and comes back at once", async () => {
    const server = new Server();
    const socket = client(server);
    const seen: unknown[] = [];
    socket.listen("a", { event: (data) => seen.push(data) });
    (await line(server)).open();
    socket.setAwake(false);
    expect(server.lines).toHaveLength(0);
    server.emit("a");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.lines).toHaveLength(0);
    socket.setAwake(true);
    (await line(server)).open();
    expect(seen).toEqual([1]);
  });

  it("says which channel it may not hear, and asks no more until somebody else logs in", async () => {
    const server = new Server();
    const socket = client(server);
    const refused = vi.fn();
    socket.listen("admin", { event: () => {}, refused });
    socket.listen("a", { event: () => {} });
    const first = await line(server);
    first.open();
    first.say({ t: "err", ch: "admin", code: "forbidden" });
    expect(refused).toHaveBeenCalledWith("forbidden");
    first.drop();
    await vi.advanceTimersByTimeAsync(2_000);
    const second = await line(server);
    second.open();
    expect(second.received.filter((text) => text.includes("admin"))).toEqual([]);
    socket.restart();
    const third = await line(server);
    third.open();
    expect(third.received.filter((text) => text.includes("admin"))).toHaveLength(1);
  });

  it("asks again for a subscription that is not answered", async () => {
    const server = new Server();
    const socket = client(server);
    socket.listen("a", { event: () => {} });
    const first = await line(server);
    first.mute = true;
    first.open();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(first.received.filter((text) => text.includes('"sub"'))).toHaveLength(2);
  });

  it("asks for no more channels than a connection may have", () => {
    const core = new SocketCore({ now: () => 0, random: () => 0 });
    for (let n = 0; n < MOST_CHANNELS; n += 1) {
      core.subscribe(`track:${n}`);
    }
    expect(core.subscribe("one more")).toEqual([
      { is: "refused", channel: "one more", code: "too_many_channels" },
    ]);
  });

  it("passes over what it does not understand", async () => {
    const server = new Server();
    const socket = client(server);
    const seen: unknown[] = [];
    socket.listen("a", { event: (data) => seen.push(data) });
    const first = await line(server);
    first.open();
    for (const data of ["", "null", "[]", '{"t":5}', '{"t":"ev","ch":"a"}', '{"t":"ev","ch":"a","id":"1"}']) {
      first.onmessage?.({ data });
    }
    expect(seen).toEqual([]);
    expect(socket.status).toBe("open");
  });

  it("loses nothing and repeats nothing, however often the line breaks", async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed);
      const server = new Server();
      server.kept = 5;
      const socket = client(server, seed);
      // What the owner knows: each event in turn, or after a gap where the channel stands.
      let known = 0;
      socket.listen(
        "a",
        {
          event: (_, id) => {
            expect(id).toBe(known + 1);
            known = id;
          },
          gap: () => {
            known = server.log.get("a") ?? 0;
          },
        },
        0,
      );
      const old: ServerLine[] = [];
      for (let step = 0; step < 300; step += 1) {
        const now = server.lines.at(-1);
        const dice = random();
        if (dice < 0.4) {
          server.emit("a");
        } else if (dice < 0.6) {
          now?.open();
        } else if (dice < 0.75 && now) {
          old.push(now);
          now.drop();
        } else if (dice < 0.8) {
          // A frame of a line that is gone arrives after those of its successor.
          old.at(-1)?.say({ t: "ev", ch: "a", id: Math.floor(random() * 50), d: null });
        } else if (dice < 0.85) {
          socket.setAwake(random() < 0.5);
        } else {
          await vi.advanceTimersByTimeAsync(random() * 20_000);
        }
        await settled();
      }
      socket.setAwake(true);
      for (let n = 0; n < 100 && known !== (server.log.get("a") ?? 0); n += 1) {
        server.lines.at(-1)?.open();
        await vi.advanceTimersByTimeAsync(5_000);
      }
      expect(known).toBe(server.log.get("a") ?? 0);
      socket.setAwake(false);
    }
  });
});
