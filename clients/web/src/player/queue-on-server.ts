import { ask, type queue as queues } from "@resonance/sdk";
import { server } from "../app/client.ts";
import type { Source } from "./player.ts";

/** A queue as one device leaves it for another. */
export interface Left {
  ids: readonly string[];
  at: number;
  ms: number;
  repeat: queues.Repeat;
  source: Source | undefined;
}

/** The queue that the account has, what a write to it has to name, and when it was written; never: undefined. */
export async function askQueue(): Promise<{ left: Left; tag: string; updatedAt: number | undefined }> {
  const asked = server.api.GET("/api/v1/me/queue");
  const { trackIds, index, positionMs, repeat, source, updatedAt } = await ask(asked);
  const { response } = await asked;
  return {
    left: {
      ids: trackIds,
      at: index ?? (trackIds.length > 0 ? 0 : -1),
      ms: positionMs,
      repeat,
      source: source ? read(source) : undefined,
    },
    tag: response.headers.get("etag") ?? "*",
    updatedAt: updatedAt ? Date.parse(updatedAt) : undefined,
  };
}

/** Writes it, without its tracks unless they changed; answers with what the next write has to name. */
export async function putQueue(
  { ids, at, ms, repeat, source }: Left,
  tag: string,
  whole: boolean,
  leaving: boolean,
): Promise<string> {
  const asked = server.api.PUT("/api/v1/me/queue", {
    params: { header: { "If-Match": tag } },
    body: {
      ...(whole && { trackIds: [...ids] }),
      ...(at >= 0 && { index: at }),
      positionMs: ms,
      repeat,
      shuffleSeed: null,
      source: source ? written(source) : null,
    },
    keepalive: leaving,
  });
  await ask(asked);
  const { response } = await asked;
  return response.headers.get("etag") ?? "*";
}

const KINDS = ["release", "artist", "search", "crate", "tracks"] as const;

/** As `release:ID:its title`. */
function written({ kind, id, title }: Source): string {
  return [...`${kind}:${id ?? ""}:${title}`].slice(0, 200).join("");
}

function read(text: string): Source | undefined {
  const [name, id, ...title] = text.split(":");
  const kind = KINDS.find((each) => each === name);
  return kind && { kind, ...(id && { id }), title: title.join(":") };
}
