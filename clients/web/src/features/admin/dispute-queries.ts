import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { openTexts } from "../../app/i18n.ts";
import { type Page, page } from "../catalogue/queries.ts";

export type Dispute = components["schemas"]["DisputeView"];
export const STATES = ["open", "upheld", "dismissed"] as const;
export type State = (typeof STATES)[number];

/** What is contested, the oldest first. */
export const disputesQuery = (status: State) =>
  infiniteQueryOptions({
    queryKey: ["admin", "disputes", status],
    staleTime: 0,
    // Who comes back to the page sees what others decided meanwhile.
    refetchOnWindowFocus: true,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { status, ...page(pageParam, 50) };
      const [answer] = await Promise.all([
        ask(server.api.GET("/api/v1/admin/disputes", { params: { query }, signal })),
        // The names of sums are the wallet's.
        openTexts("wallet"),
      ]);
      return answer;
    },
  });

/** One dispute. */
export const disputeQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "disputes", "one", id],
    refetchOnWindowFocus: true,
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/admin/disputes/{id}", { params: { path: { id } }, signal })),
  });

/** How many disputes wait; undefined until that is known. */
export function useOpenDisputes(): number | undefined {
  return useInfiniteQuery(disputesQuery("open")).data?.pages[0]?.openCount;
}
