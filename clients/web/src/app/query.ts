import { isRetryable, NetworkError } from "@resonance/sdk";
import { QueryClient } from "@tanstack/react-query";
import { recover } from "./recover.ts";

/** What the server said, for every screen. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      // A server that is away is soon said to be: it is asked again when it is back.
      retry: (failures, error) => failures < (error instanceof NetworkError ? 1 : 2) && isRetryable(error),
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});

recover(queryClient, {
  answers: async () => (await fetch("/healthz", { cache: "no-store" })).ok,
  isSeen: () => navigator.onLine && document.visibilityState === "visible",
});
