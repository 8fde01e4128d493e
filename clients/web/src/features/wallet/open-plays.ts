import { useMemo } from "react";
import type { OpenEnd } from "../../player/open-ends.ts";
import { usePaying } from "../../player/paying.ts";

/** A play that costs something and is not settled, so that its last transaction is still to come. */
export type OpenPlay = Pick<OpenEnd, "sessionId" | "title" | "asset" | "spent">;

const NONE: readonly OpenPlay[] = [];

/** Those that are open on this device, the newest first; nothing of what has cost nothing yet. */
export function useOpenPlays(): readonly OpenPlay[] {
  const reading = usePaying((paying) => paying.reading);
  const title = usePaying((paying) => paying.track?.title) ?? "";
  const ends = usePaying((paying) => paying.openEnds);
  return useMemo(() => {
    const before = ends.length > 0 ? ends.toReversed() : NONE;
    if (!reading?.sessionId || reading.spent === 0n) {
      return before;
    }
    const { sessionId, asset, spent } = reading;
    return [{ sessionId, title, asset, spent }, ...before];
  }, [reading, title, ends]);
}
