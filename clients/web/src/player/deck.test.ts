import type { queue as queues } from "@resonance/sdk";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Item, Listener, Trouble } from "../audio/engine.ts";
import { Deck, type Room } from "./deck.ts";
import { type Track, usePlayer } from "./player.ts";
import { knownTrack, remember } from "./tracks.ts";

const engine = vi.hoisted(() => ({ listener: undefined as unknown }));

vi.mock("../audio/ladder.ts", () => ({
  Ladder: class {
    constructor(_: unknown, listener: unknown) {
      engine.listener = listener;
    }
    load() {}
    stop() {}
    play() {}
    pause() {}
    setSpeed() {}
    position = () => 0;
    buffered = () => 0;
  },
}));
vi.mock("./reports.ts", () => ({ report: () => Promise.resolve(), showPlaying: () => {} }));
vi.mock("./till.ts", () => ({
  Till: class {
    asks = () => Promise.resolve(false);
    sounding() {}
    end() {}
    seek() {}
  },
}));

const entry: queues.Entry = { key: 7, id: "track", asked: false };
const item: Item = { key: 7, url: "/s", seconds: 60, gapless: undefined, paid: false };
const room = { crossed: vi.fn(), ended: vi.fn(), failed: vi.fn(), sounds: vi.fn(), moved: vi.fn() };
const listener = () => engine.listener as Listener;

beforeEach(() => {
  vi.useFakeTimers();
  remember([
    { id: "track", title: "Lamp", durationMs: 60_000, available: true, streamUrl: "/s", artist: {} } as Track,
  ]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

/** A deck whose track the engine gave up. */
async function failed(trouble: Trouble = "unsupported"): Promise<Deck> {
  const deck = new Deck(room satisfies Room);
  await deck.load(entry, 0, true);
  listener().failed(item, trouble);
  return deck;
}

test("what cannot be heard says so until something else is done", async () => {
  await failed();
  expect(room.failed).toHaveBeenCalledExactlyOnceWith("unsupported", true);
  await vi.advanceTimersByTimeAsync(5_000);
  // What an engine still tells of it changes nothing, either.
  listener().flow(false);
  listener().lost(true);
  listener().lost(false);
  expect(usePlayer.getState()).toMatchObject({ state: "failed", reason: "unsupported", playing: false });
});

test("it is tried anew when play is pressed", async () => {
  const deck = await failed();
  await vi.advanceTimersByTimeAsync(5_000);
  await deck.resume(entry);
  expect(usePlayer.getState()).toMatchObject({ state: "loading", reason: undefined, playing: true });
  listener().flow(true);
  expect(usePlayer.getState().state).toBe("playing");
});

test("the first reason is the one that is said, once", async () => {
  await failed("away");
  // An element that got nothing complains, too.
  listener().failed(item, "unsupported");
  expect(usePlayer.getState().reason).toBe("away");
  expect(room.failed).toHaveBeenCalledOnce();
  expect(knownTrack("track")?.available).toBe(false);
});
