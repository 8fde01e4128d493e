import { ask } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { useNews } from "../../app/use-news.ts";
import { moneyMoved } from "../wallet/balance.ts";

/** How many notifications were not read. */
export const unreadQuery = queryOptions({
  queryKey: ["notifications", "unread"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }) =>
    (await ask(server.api.GET("/api/v1/notifications", { params: { query: { limit: 1 } }, signal })))
      .unreadCount,
});

const refresh = () => void queryClient.invalidateQueries({ queryKey: ["notifications"] });

/** What is told of a dispute is news to those who decide, too. */
function disputesMoved(): void {
  void queryClient.invalidateQueries({ queryKey: ["admin", "disputes"] });
}

/** The news may be of money, as that it was given back. */
const happened = () => {
  refresh();
  moneyMoved();
};

const told = (data: unknown) => {
  happened();
  const isNotification = typeof data === "object" && data !== null && "type" in data;
  if (isNotification && (data.type === "dispute_opened" || data.type === "dispute_resolved")) {
    disputesMoved();
  }
};

const missed = () => {
  happened();
  disputesMoved();
};

/** The same as it changes; 0 for nobody and while it is not known. For one component of the page: it listens. */
export function useUnread(): number {
  const me = useMe();
  const { data } = useQuery({ ...unreadQuery, enabled: Boolean(me) });
  useNews(me ? "notifications" : undefined, { event: told, begun: refresh, gap: missed });
  return me ? (data ?? 0) : 0;
}
