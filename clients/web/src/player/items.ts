import type { queue as queues } from "@resonance/sdk";
import { server } from "../app/client.ts";
import type { Item } from "../audio/engine.ts";
import { gaplessOf } from "./gapless.ts";
import { type Track, usePlayer } from "./player.ts";

/** The track of an item. */
export function idOf(item: Item): string {
  return usePlayer.getState().queue.entries.find((entry) => entry.key === item.key)?.id ?? "";
}

/** What the engine is given of an entry. */
export function itemOf(entry: queues.Entry, track: Track, paid = false): Item {
  const { streamUrl, durationMs } = track;
  return {
    key: entry.key,
    url: server.url(streamUrl),
    seconds: durationMs / 1000,
    gapless: gaplessOf(track),
    paid,
  };
}
