import { isRetryable } from "@resonance/sdk";
import { QueryClient } from "@tanstack/react-query";

/** What the server said, for every screen. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      retry: (failures, error) => failures < 2 && isRetryable(error),
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
