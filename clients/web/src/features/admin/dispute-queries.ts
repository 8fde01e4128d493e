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

/** One dispute; null if there is none. The server has them as lists: those that wait are looked through first. */
export const disputeQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "disputes", "one", id],
    refetchOnWindowFocus: true,
    queryFn: async ({ signal }): Promise<Dispute | null> => {
      for (const status of STATES) {
        let cursor: string | undefined;
        do {
          const query = { status, ...page(cursor, 100) };
          const answer = await ask(server.api.GET("/api/v1/admin/disputes", { params: { query }, signal }));
          const found = answer.items.find((each) => each.id === id);
          if (found) {
            return found;
          }
          cursor = answer.nextCursor ?? undefined;
        } while (cursor);
      }
      return null;
    },
  });

/** How many disputes wait, as a figure with a plus where there are more than were counted; undefined until that is known. */
export function useOpenDisputes(): { count: number; shown: string } | undefined {
  const { data, hasNextPage } = useInfiniteQuery(disputesQuery("open"));
  const count = data?.pages.reduce((sum, { items }) => sum + items.length, 0);
  return count === undefined ? undefined : { count, shown: hasNextPage ? `${count}+` : `${count}` };
}
