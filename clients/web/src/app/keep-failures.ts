import type { Query, QueryClient } from "@tanstack/react-query";

/**
 * What could not be had has failed until there is another answer, while it is asked for again too: its words stay on the
 * screen, and with them the button that was pressed. Left to itself such a query is one that was never asked.
 */
export function keepFailures(client: QueryClient): void {
  const failures = new WeakMap<Query, Error>();
  client.getQueryCache().subscribe((event) => {
    const { query, type } = event;
    if (type === "observerRemoved" && query.getObserversCount() === 0) {
      // Who comes back later has seen nothing fail.
      failures.delete(query);
    } else if (type === "updated") {
      const { data, error, status, fetchStatus } = query.state;
      const failure = failures.get(query);
      if (data === undefined && error && query.getObserversCount() > 0) {
        failures.set(query, error);
      } else if (failure && status === "pending" && fetchStatus !== "idle") {
        query.setState({ error: failure, status: "error" });
      } else if (failure) {
        failures.delete(query);
      }
    }
  });
}
