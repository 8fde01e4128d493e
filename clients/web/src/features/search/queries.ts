import { ask, type components } from "@resonance/sdk";
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";

/** The best of every kind. A search that is no longer wanted is given up on. */
export const foundQuery = (q: string, limit = 8) =>
  queryOptions({
    queryKey: ["search", q, limit],
    queryFn: ({ signal }) =>
      ask(
        server.api.GET("/api/v1/search", {
          params: { query: { q, types: "track,album,artist,genre", limit } },
          signal,
        }),
      ),
    enabled: q !== "",
  });

/** The same as one types: what was found last is shown until the next is there. */
export const searchQuery = (q: string, limit = 8) =>
  queryOptions({ ...foundQuery(q, limit), placeholderData: keepPreviousData });

/** What a list of results says of its best hit, whatever kind it is. */
export function bestOf(found: components["schemas"]["SearchResult"]) {
  const { top, tracks, albums, artists, genres } = found;
  switch (top?.kind) {
    case "track":
      return { kind: "track" as const, item: tracks.items.find(({ id }) => id === top.id) };
    case "album":
      return { kind: "album" as const, item: albums.items.find(({ id }) => id === top.id) };
    case "artist":
      return { kind: "artist" as const, item: artists.items.find(({ id }) => id === top.id) };
    case "genre":
      return { kind: "genre" as const, item: genres.items.find(({ id }) => id === top.id) };
    default:
      return undefined;
  }
}
