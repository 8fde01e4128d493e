import { useRouterState } from "@tanstack/react-router";
import { nextOf } from "./next.ts";

/** What a log-in is told, so that it leads back to where one is. */
export function useNext(): { next?: string } {
  const next = useRouterState({ select: ({ location }) => nextOf(location) });
  return next === undefined ? {} : { next };
}
