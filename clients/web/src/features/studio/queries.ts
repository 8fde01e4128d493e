import { ask, type components } from "@resonance/sdk";
import { queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";

type Schemas = components["schemas"];
export type Album = Schemas["Album"];
export type Track = Schemas["Track"];
export type TrackDetail = Schemas["TrackDetail"];
export type Visibility = Schemas["Visibility"];

/** Pages of a list until it ends: an artist's own things, which are never many enough to need a window. */
export async function every<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; nextCursor?: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    all.push(...items);
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && all.length < 10_000);
  return all;
}

/** The part of a query that says which page is wanted. */
export const next = (cursor: string | undefined) => ({ limit: 200, ...(cursor ? { cursor } : {}) });

/** The releases of a page, the newest first. */
export const releasesQuery = (page: string) =>
  queryOptions({
    queryKey: ["studio", "releases", page],
    queryFn: ({ signal }) =>
      every((cursor) =>
        ask(
          server.api.GET("/api/v1/artists/{id}/albums", {
            params: { path: { id: page }, query: { sort: "created", order: "desc", ...next(cursor) } },
            signal,
          }),
        ),
      ),
  });

/** The tracks of a page, drafts among them, the newest first. */
export const tracksQuery = (page: string) =>
  queryOptions({
    queryKey: ["studio", "tracks", page],
    queryFn: ({ signal }) =>
      every((cursor) =>
        ask(
          server.api.GET("/api/v1/artists/{id}/tracks", {
            params: { path: { id: page }, query: { sort: "created", order: "desc", ...next(cursor) } },
            signal,
          }),
        ),
      ),
  });

/** Those that are on no release. */
export const looseQuery = (page: string) =>
  queryOptions({
    ...tracksQuery(page),
    select: (all) => all.filter(({ album }) => !album),
  });

export const albumQuery = (id: string) =>
  queryOptions({
    queryKey: ["studio", "album", id],
    queryFn: ({ signal }) => ask(server.api.GET("/api/v1/albums/{id}", { params: { path: { id } }, signal })),
  });

/** The tracks of a release by disc and number. */
export const albumTracksQuery = (id: string) =>
  queryOptions({
    queryKey: ["studio", "album", id, "tracks"],
    queryFn: ({ signal }) =>
      every((cursor) =>
        ask(
          server.api.GET("/api/v1/albums/{id}/tracks", {
            params: { path: { id }, query: next(cursor) },
            signal,
          }),
        ),
      ),
  });

export const trackQuery = (id: string) =>
  queryOptions({
    queryKey: ["studio", "track", id],
    queryFn: ({ signal }) => ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } }, signal })),
  });

export const splitsQuery = (id: string) =>
  queryOptions({
    queryKey: ["studio", "track", id, "splits"],
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/tracks/{id}/splits", { params: { path: { id } }, signal })),
  });

export const genresQuery = queryOptions({
  queryKey: ["genres", "all"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) =>
    every((cursor) => ask(server.api.GET("/api/v1/genres", { params: { query: next(cursor) }, signal }))),
});

export async function changeAlbum(id: string, body: Schemas["AlbumChange"]): Promise<Album> {
  const album = await ask(server.api.PATCH("/api/v1/albums/{id}", { params: { path: { id } }, body }));
  queryClient.setQueryData(albumQuery(id).queryKey, album);
  refreshLists();
  return album;
}

export async function changeTrack(id: string, body: Schemas["TrackChange"]): Promise<TrackDetail> {
  const track = await ask(server.api.PATCH("/api/v1/tracks/{id}", { params: { path: { id } }, body }));
  queryClient.setQueryData(trackQuery(id).queryKey, track);
  if (track.album) {
    queryClient.setQueryData(albumTracksQuery(track.album.id).queryKey, (all) =>
      all?.map((each) => (each.id === id ? track : each)),
    );
  }
  refreshLists();
  return track;
}

/** What may be uploaded. */
export const limitsQuery = queryOptions({
  queryKey: ["uploads", "limits"],
  staleTime: 10 * 60_000,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/uploads/limits", { signal })),
});

/** Publishes a release with all of its tracks: all of it, or nothing. */
export async function publish(id: string, visibility: "public" | "unlisted"): Promise<Album> {
  const params = { path: { id } };
  const album = await ask(server.api.POST("/api/v1/albums/{id}/publish", { params, body: { visibility } }));
  queryClient.setQueryData(albumQuery(id).queryKey, album);
  return album;
}

/** What the studio lists is asked for anew. */
export function refreshStudio(): void {
  void queryClient.invalidateQueries({ queryKey: ["studio"] });
}

function refreshLists(): void {
  void queryClient.invalidateQueries({ queryKey: ["studio", "releases"] });
  void queryClient.invalidateQueries({ queryKey: ["studio", "loose"] });
}
