import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { type Page, page } from "../catalogue/queries.ts";
import { unreadQuery } from "./unread.ts";

export type Notification = components["schemas"]["Notification"];

export const notificationsQuery = infiniteQueryOptions({
  queryKey: ["notifications", "list"],
  staleTime: 0,
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
  queryFn: async ({ pageParam, signal }) => {
    const query = page(pageParam, 50);
    const answer = await ask(server.api.GET("/api/v1/notifications", { params: { query }, signal }));
    queryClient.setQueryData(unreadQuery.queryKey, answer.unreadCount);
    return answer;
  },
});

/** Marks some as read, or all. Shown at once; what the server says of it follows. */
export async function markRead(which: { ids: string[] } | { all: true }): Promise<void> {
  queryClient.setQueryData(
    notificationsQuery.queryKey,
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((each) => ({
          ...each,
          items: each.items.map((item) =>
            "all" in which || which.ids.includes(item.id) ? { ...item, status: "read" as const } : item,
          ),
        })),
      },
  );
  try {
    const { unreadCount } = await ask(server.api.POST("/api/v1/notifications/read", { body: which }));
    queryClient.setQueryData(unreadQuery.queryKey, unreadCount);
  } finally {
    // Whatever was asked for meanwhile may have been answered before.
    void queryClient.invalidateQueries({ queryKey: ["notifications"] });
  }
}
