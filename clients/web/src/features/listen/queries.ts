import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { albumsQuery, type Page, page, tracksQuery } from "../catalogue/queries.ts";

/** The newest first, one of which leads. */
export const newReleasesQuery = albumsQuery({ sort: "released" }, 24);
export const newTracksQuery = tracksQuery({ sort: "created" }, 20);

/** What was heard; each track once, as it was heard last, when `distinct`. */
export const historyQuery = (distinct: boolean) =>
  infiniteQueryOptions({
    queryKey: ["history", { distinct }],
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/me/history", {
          params: { query: { distinct, ...page(pageParam, distinct ? 20 : 100) } },
          signal,
        }),
      ),
  });

export type NowPlaying = components["schemas"]["NowPlaying"];

/** What this account played last, on whatever device, and how far. */
export const nowPlayingQuery = queryOptions({
  queryKey: ["now-playing"],
  // What came beside the page is not asked for once more by its screen.
  staleTime: 5_000,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/me/now-playing", { signal })),
});
