import { queue as queues } from "@resonance/sdk";
import { expect, test } from "vitest";
import { nextFree } from "./next-free.ts";
import { type Track, usePlayer } from "./player.ts";
import { remember } from "./tracks.ts";

const BEAT = { asset: "BEAT", amount: "1000000" };

function track(id: string, price: typeof BEAT | null, available = true): Track {
  return {
    id,
    title: id,
    artist: { id: "a", name: "Ana" },
    discNo: 1,
    trackNo: 1,
    genres: [],
    durationMs: 1000,
    visibility: "public",
    explicit: false,
    createdAt: "2026-11-22T12:00:00Z",
    playCount: 0,
    likeCount: 0,
    preview: { startMs: 0, lengthMs: 0 },
    liked: false,
    available,
    streamUrl: `/${id}`,
    waveformUrl: `/${id}/w`,
    pricePerSecond: price,
  };
}

test("what is free, can be heard and comes later in the queue is found", () => {
  remember([
    track("before", null),
    track("now", BEAT),
    track("dear", BEAT),
    track("away", null, false),
    track("free", { ...BEAT, amount: "0" }),
  ]);
  const ids = ["before", "now", "unknown", "dear", "away", "free"];
  const queue = queues.play(usePlayer.getState().queue, ids, 1);
  usePlayer.setState({ queue });
  expect(nextFree()).toBe(queue.entries[5]?.key);
  usePlayer.setState({ queue: queues.play(queue, ids.slice(0, 4), 1) });
  expect(nextFree()).toBeUndefined();
});
