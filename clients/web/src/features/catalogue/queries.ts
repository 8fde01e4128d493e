import { ask, type components, type paths } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";

type Schemas = components["schemas"];
export type Track = Schemas["Track"];
export type Album = Schemas["Album"];
export type Artist = Schemas["Artist"];

type QueryOf<Path extends keyof paths> = paths[Path] extends {
  get: { parameters: { query?: infer Query } };
}
  ? Omit<NonNullable<Query>, "cursor" | "limit">
  : never;
export type TrackFilter = QueryOf<"/api/v1/tracks">;
export type AlbumFilter = QueryOf<"/api/v1/albums">;
export type ArtistFilter = QueryOf<"/api/v1/artists">;

/** How many of a long list are asked for at a time. */
const PAGE = 100;
/** As many as the server gives at a time. */
const MOST = 200;

/** Where a list goes on. */
export interface Page<Item> {
  items: Item[];
  nextCursor?: string | null | undefined;
}

const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
};

/** The part of a query that says which page is wanted. */
export function page(cursor: string | undefined, limit = PAGE) {
  return cursor ? { limit, cursor } : { limit };
}

export const tracksQuery = (filter: TrackFilter, limit = PAGE) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["tracks", filter, limit],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/tracks", {
          params: { query: { ...filter, ...page(pageParam, limit) } },
          signal,
        }),
      ),
  });

export const albumsQuery = (filter: AlbumFilter, limit = PAGE) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["albums", filter, limit],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/albums", {
          params: { query: { ...filter, ...page(pageParam, limit) } },
          signal,
        }),
      ),
  });

export const artistsQuery = (filter: ArtistFilter) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["artists", filter],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/artists", { params: { query: { ...filter, ...page(pageParam) } }, signal }),
      ),
  });

/** What the caller likes, the latest like first. */
export const likesQuery = infiniteQueryOptions({
  ...pages,
  queryKey: ["likes"],
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/me/likes", { params: { query: page(pageParam) }, signal })),
});

export const followingQuery = infiniteQueryOptions({
  ...pages,
  queryKey: ["artists", "following"],
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/me/following", { params: { query: page(pageParam) }, signal })),
});

export const genresQuery = queryOptions({
  queryKey: ["genres"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }) =>
    (await ask(server.api.GET("/api/v1/genres", { params: { query: { limit: MOST } }, signal }))).items,
});

export const trackQuery = (id: string) =>
  queryOptions({
    queryKey: ["track", id],
    queryFn: ({ signal }) => ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } }, signal })),
  });

export const splitQuery = (id: string) =>
  queryOptions({
    queryKey: ["track", id, "split"],
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/tracks/{id}/splits", { params: { path: { id } }, signal })),
  });

export const albumQuery = (id: string) =>
  queryOptions({
    queryKey: ["album", id],
    queryFn: ({ signal }) => ask(server.api.GET("/api/v1/albums/{id}", { params: { path: { id } }, signal })),
  });

/** All tracks of a release, in its order: it is played as a whole. */
export const albumTracksQuery = (id: string) =>
  queryOptions({
    queryKey: ["album", id, "tracks"],
    queryFn: async ({ signal }) => {
      const tracks: Track[] = [];
      let cursor: string | undefined;
      do {
        const found: Page<Track> = await ask(
          server.api.GET("/api/v1/albums/{id}/tracks", {
            params: { path: { id }, query: page(cursor, MOST) },
            signal,
          }),
        );
        tracks.push(...found.items);
        cursor = found.nextCursor ?? undefined;
      } while (cursor);
      return tracks;
    },
  });

/** An artist with their newest releases and most played tracks. */
export const artistQuery = (id: string) =>
  queryOptions({
    queryKey: ["artist", id],
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/artists/{id}/profile", { params: { path: { id } }, signal })),
  });

export const artistAlbumsQuery = (id: string) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["artist", id, "albums"],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/artists/{id}/albums", {
          params: { path: { id }, query: { ...page(pageParam), sort: "released" } },
          signal,
        }),
      ),
  });

export const artistTracksQuery = (id: string, sort: "plays" | "released") =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["artist", id, "tracks", sort],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/artists/{id}/tracks", {
          params: { path: { id }, query: { ...page(pageParam), sort } },
          signal,
        }),
      ),
  });

/** The tracks of others that name an artist. */
export const artistAppearancesQuery = (id: string) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["artist", id, "appearances"],
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/artists/{id}/appearances", {
          params: { path: { id }, query: { ...page(pageParam), sort: "released" } },
          signal,
        }),
      ),
  });
