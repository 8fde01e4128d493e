import { isRetryable, NetworkError } from "@resonance/sdk";
import { QueryClient } from "@tanstack/react-query";
import { keepFailures } from "./keep-failures.ts";
import { recover } from "./recover.ts";

/** What the server said, for every screen. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      // Without a network a question fails and the screen says why: one that waited for it would look as if it were loading.
      networkMode: "always",
      refetchOnReconnect: true,
      // A server that is away is soon said to be: it is asked again when it is back.
      retry: (failures, error) =>
        navigator.onLine && failures < (error instanceof NetworkError ? 1 : 2) && isRetryable(error),
      refetchOnWindowFocus: false,
    },
    // Nor does a button turn until there is a network, and then do what nobody waits for any more.
    mutations: { retry: false, networkMode: "always" },
  },
});

keepFailures(queryClient);
recover(queryClient, {
  answers: async () => (await fetch("/healthz", { cache: "no-store" })).ok,
  isSeen: () => navigator.onLine && document.visibilityState === "visible",
});
