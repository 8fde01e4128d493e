import { ApiError, ask } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { server } from "./client.ts";

/** Who is logged in; null for nobody. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  staleTime: 5 * 60_000,
  queryFn: async ({ signal }) => {
    try {
      return await ask(server.api.GET("/api/v1/me", { signal }));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        return null;
      }
      throw error;
    }
  },
});

export type Me = NonNullable<ReturnType<typeof useMe>>;

/** The account of this page; null for nobody, undefined until that is known. */
export function useMe() {
  return useQuery(meQuery).data;
}
