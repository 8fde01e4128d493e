import { describe, expect, it } from "vitest";
import { HttpBytes, partOf, RefusedBytes } from "./http.ts";

describe("what the server says of a preview", () => {
  it("is which part of the track it is", () => {
    expect(partOf("start=30000, length=15000")).toEqual({ startMs: 30_000, lengthMs: 15_000 });
  });

  it("is nothing for the whole, or for what it did not say", () => {
    expect(partOf(null)).toBeUndefined();
    expect(partOf("start=x, length=1")).toBeUndefined();
  });
});

describe("a server that does not give a track's bytes now", () => {
  it("is asked again, unless it says that the file is away", async () => {
    const answers = [
      Response.json({ code: "unavailable" }, { status: 503 }),
      Response.json({ code: "audio_missing" }, { status: 503 }),
    ];
    const track = new HttpBytes("https://music.example/stream", {
      fetch: async () => answers.shift() ?? Response.error(),
      renew: () => Promise.reject(new RefusedBytes("refused")),
      trouble: () => {},
      pause: () => Promise.resolve(),
    });
    await expect(track.read(0)).rejects.toMatchObject({ reason: "away" });
    expect(answers).toEqual([]);
  });
});

describe("a track whose bytes follow payment", () => {
  /** A server that releases so many bytes of a hundred, and to whom nobody pays a preview of sixty. */
  function server() {
    const state = { released: 40, isOpen: true };
    const fetch = async (request: Request): Promise<Response> => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "") ?? [];
      const size = state.isOpen ? 100 : 60;
      const until = Math.min(size, Number(to) + 1, state.isOpen ? state.released : size);
      const headers: Record<string, string> = state.isOpen
        ? {}
        : { "x-resonance-preview": "start=0, length=9" };
      if (Number(from) >= size) {
        return new Response(null, { status: 416, headers: { "content-range": `bytes */${size}` } });
      }
      if (Number(from) >= until) {
        return new Response(null, { status: 403 });
      }
      headers["content-range"] = `bytes ${from}-${until - 1}/${size}`;
      return new Response(new Uint8Array(until - Number(from)), { status: 206, headers });
    };
    return { state, fetch };
  }

  function bytes(fetch: (request: Request) => Promise<Response>, released?: () => Promise<void>) {
    return new HttpBytes("https://music.example/stream", {
      fetch,
      renew: () => Promise.reject(new RefusedBytes("refused")),
      trouble: () => {},
      pause: () => Promise.resolve(),
      ...(released && { released }),
    });
  }

  it("waits for what is not released yet", async () => {
    const { state, fetch } = server();
    let waits = 0;
    const track = bytes(fetch, async () => {
      waits += 1;
      state.released += 5;
    });
    expect(await track.read(0)).toHaveLength(40);
    expect(await track.read(40)).toHaveLength(5);
    expect([waits, track.size]).toEqual([1, 100]);
  });

  it("takes no byte of the preview, which is another file, nor its end for the track's", async () => {
    const { state, fetch } = server();
    const track = bytes(fetch, async () => {
      state.isOpen = true;
      state.released += 30;
    });
    await track.read(0);
    state.isOpen = false;
    expect(await track.read(40)).toHaveLength(30);
    state.isOpen = false;
    expect(await track.read(70)).toHaveLength(30);
    expect(track.part).toBeUndefined();
  });

  it("is refused at once where nothing is paid", async () => {
    const { fetch, state } = server();
    state.released = 0;
    await expect(bytes(fetch).read(0)).rejects.toThrow(RefusedBytes);
  });
});
