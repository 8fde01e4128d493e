import type { Track, Visibility } from "./queries.ts";

/** The tracks that more people would see than their release, were it seen as `next`: they are asked about. */
export function leftOpen(tracks: readonly Track[], next: Visibility): readonly Track[] {
  return tracks.filter(({ visibility }) =>
    next === "private" ? visibility !== "private" : next === "unlisted" && visibility === "public",
  );
}
