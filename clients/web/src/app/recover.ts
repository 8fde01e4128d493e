import { NetworkError } from "@resonance/sdk";
import type { QueryClient } from "@tanstack/react-query";

/** How often it is looked whether the server is back. */
const LOOK_MS = 2_000;
/** The same, where it answers and what is missing still cannot be had. */
const LONGEST_MS = 60_000;

interface Ways {
  /** Whether the server answers; a promise that is refused is a no. */
  answers: () => Promise<boolean>;
  /** Whether somebody would see it. */
  isSeen: () => boolean;
}

/**
 * What could not be had as the server was away is asked for again once it is back. One small question at a time is all that
 * a server hears which comes to life again, whatever waits for it.
 */
export function recover(client: QueryClient, { answers, isSeen }: Ways): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = LOOK_MS;
  const missing = () =>
    client
      .getQueryCache()
      .findAll({ type: "active", predicate: ({ state }) => state.error instanceof NetworkError });
  const look = async () => {
    if (missing().length > 0 && isSeen() && (await answers().catch(() => false))) {
      await Promise.all(missing().map(({ queryKey }) => client.refetchQueries({ queryKey, exact: true })));
      // It answers, and yet this cannot be had: there is no hurry.
      pause = Math.min(pause * 2, LONGEST_MS);
    }
    timer = undefined;
    begin();
  };
  const begin = () => {
    if (missing().length === 0) {
      pause = LOOK_MS;
    } else {
      timer ??= setTimeout(() => void look(), pause);
    }
  };
  client.getQueryCache().subscribe(({ query }) => {
    if (timer === undefined && query.state.error instanceof NetworkError) {
      begin();
    }
  });
}
