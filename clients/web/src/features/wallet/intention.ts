import { uuid } from "@resonance/sdk/uuid";
import { useCallback, useMemo, useRef } from "react";

/** The keys under which requests that move money are sent. */
export interface Intentions {
  /** The key for `what`: the same until that is over, so that what is asked again after a broken line happens once. */
  key: (what: string) => string;
  /** What was meant has happened, or never will: the next time is another. */
  over: () => void;
}

/** One intention at a time, one key each. */
export function useIntention(): Intentions {
  const now = useRef({ what: "", key: "" });
  const key = useCallback((what: string) => {
    if (now.current.what !== what) {
      now.current = { what, key: uuid() };
    }
    return now.current.key;
  }, []);
  const over = useCallback(() => {
    now.current = { what: "", key: "" };
  }, []);
  return useMemo(() => ({ key, over }), [key, over]);
}
