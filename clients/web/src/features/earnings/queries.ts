import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { type Page, page } from "../catalogue/queries.ts";

type Schemas = components["schemas"];
export type Earnings = Schemas["Earnings"];
export type EarnedSum = Schemas["EarnedSum"];
export type Statement = Schemas["Statement"];
export type ArtistDispute = Schemas["ArtistDispute"];
export type GroupBy = "day" | "track";

/** Over how long earnings are looked at, in days. */
export const SPANS = [7, 30, 90, 365] as const;
export type Span = (typeof SPANS)[number];

const DAY_MS = 86_400_000;

/** The first moment (UTC) of a span of whole days that ends with today. */
export function beginOf(span: Span, now: number): Date {
  return new Date((Math.floor(now / DAY_MS) - span + 1) * DAY_MS);
}

/** What a page earned, asked for again every so often. */
export const earningsQuery = (artist: string, groupBy: GroupBy, span: Span, everyMs?: number) =>
  queryOptions({
    queryKey: ["studio", "earnings", artist, groupBy, span],
    staleTime: 0,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    queryFn: async ({ signal }): Promise<Earnings> => {
      const from = beginOf(span, Date.now()).toISOString();
      const answer = await ask(
        server.api.GET("/api/v1/artists/{id}/earnings", {
          params: { path: { id: artist }, query: { from, groupBy } },
          signal,
        }),
      );
      if (typeof answer === "string") {
        throw new TypeError("a table was not asked for");
      }
      return answer;
    },
  });

/** What the months came to that a span of time begins, goes through and ends in. */
export const statementsQuery = (artist: string, span: Span) =>
  queryOptions({
    queryKey: ["studio", "earnings", artist, "month", span],
    staleTime: 0,
    queryFn: async ({ signal }): Promise<Schemas["Statements"]> => {
      const from = beginOf(span, Date.now()).toISOString();
      const answer = await ask(
        server.api.GET("/api/v1/artists/{id}/statements", {
          params: { path: { id: artist }, query: { from } },
          signal,
        }),
      );
      if (typeof answer === "string") {
        throw new TypeError("a table was not asked for");
      }
      return answer;
    },
  });

/** What is or was contested of it, the newest first; few at a time, as they stand above the rest. */
export const disputesQuery = (artist: string) =>
  infiniteQueryOptions({
    queryKey: ["studio", "earnings", artist, "disputes"],
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
    queryFn: ({ pageParam, signal }) =>
      ask(
        server.api.GET("/api/v1/artists/{id}/disputes", {
          params: { path: { id: artist }, query: page(pageParam, 3) },
          signal,
        }),
      ),
  });

/** Where the same figures are as a table. */
export function tableUrl(artist: string, by: GroupBy | "month", span: Span): string {
  const from = beginOf(span, Date.now()).toISOString();
  const [list, query] =
    by === "month" ? ["statements", { from }] : (["earnings", { from, groupBy: by }] as const);
  return `/api/v1/artists/${artist}/${list}?${new URLSearchParams({ ...query, format: "csv" })}`;
}
