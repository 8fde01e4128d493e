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

/** The same as the server knows it now. */
export function trackAnew(id: string): Promise<Track> {
  return queryClient.fetchQuery({ ...queuedTrack(id), staleTime: 0 });
}

/** Whether the file of a track is there was found out: that holds wherever the track is shown. */
export function noteFile(id: string, available: boolean): void {
  const track = known.get(id);
  if (track) {
    known.set(id, { ...track, available });
  }
  for (const { queryKey, state } of queryClient.getQueryCache().getAll()) {
    const data = withFile(state.data, id, available);
    if (data !== state.data) {
      // The rest of it is as old as it was.
      queryClient.setQueryData(queryKey, data, { updatedAt: state.dataUpdatedAt });
    }
  }
}

/** Answers with the track changed in it, and with itself where it is not. */
function withFile(data: unknown, id: string, available: boolean): unknown {
  if (typeof data !== "object" || data === null) {
    return data;
  }
  if ("streamUrl" in data && "id" in data && data.id === id) {
    return "available" in data && data.available === available ? data : { ...data, available };
  }
  const parts = Object.entries(data).map(
    ([name, part]) => [name, part, withFile(part, id, available)] as const,
  );
  if (parts.every(([, before, now]) => before === now)) {
    return data;
  }
  return Array.isArray(data)
    ? parts.map(([, , now]) => now)
    : Object.fromEntries(parts.map(([name, , now]) => [name, now]));
}
