import { ask } from "@resonance/sdk";
import { queryOptions } from "@tanstack/react-query";
import { server } from "../app/client.ts";
import { queryClient } from "../app/query.ts";
import type { Track } from "./player.ts";

/** What screens handed over, so that a queue of ids can be shown without asking for each. */
const known = new Map<string, Track>();

export function remember(tracks: readonly Track[]): void {
  for (const track of tracks) {
    known.set(track.id, track);
  }
}

/** A track of the queue. */
export function queuedTrack(id: string) {
  return queryOptions({
    queryKey: ["queued-track", id],
    staleTime: 5 * 60_000,
    queryFn: async ({ signal }): Promise<Track> => {
      const track = await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } }, signal }));
      known.set(id, track);
      return track;
    },
    initialData: () => known.get(id),
  });
}

export function knownTrack(id: string): Track | undefined {
  return known.get(id);
}

export async function trackOf(id: string): Promise<Track> {
  return known.get(id) ?? (await queryClient.fetchQuery(queuedTrack(id)));
}
