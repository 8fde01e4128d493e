import type { Ribbon } from "@resonance/sdk/ribbon";

/** A place that the listener left, and how far it could be heard from there without the server; milliseconds of the track. */
export interface Left {
  readonly ms: number;
  readonly untilMs: number;
}

/** With so much there already it plays on: each second that is heard releases one more. */
const ENOUGH_MS = 3_000;
/** Less than that is no second that is paid for. */
const LEAST_MS = 1_500;

/**
 * Where a track plays on of which nothing more is sent before more of it is paid for: what was sent is sent again. Best is
 * what was not heard yet, the newest first, and not the end of the track, behind which there is nothing to pay for.
 */
export function wayBack(left: readonly Left[], paid: Ribbon, durationMs: number): number {
  const unheard = left.map((each) => unpaid(each, paid)).filter((each) => lengthOf(each) >= LEAST_MS);
  const enough = unheard.filter((each) => lengthOf(each) >= ENOUGH_MS);
  const [most] = unheard.toSorted(byLength);
  const [heard] = paid.map(([ms, untilMs]) => ({ ms, untilMs })).toSorted(byLength);
  const best = enough.findLast(({ untilMs }) => untilMs < durationMs - LEAST_MS) ?? enough.at(-1);
  return (best ?? most ?? heard)?.ms ?? 0;
}

function lengthOf({ ms, untilMs }: Left): number {
  return untilMs - ms;
}

function byLength(one: Left, two: Left): number {
  return lengthOf(two) - lengthOf(one);
}

/** What of it was not paid for, up to where something was. */
function unpaid({ ms, untilMs }: Left, paid: Ribbon): Left {
  const from = paid.find(([from, to]) => from <= ms && ms < to)?.[1] ?? ms;
  const next = paid.find(([start]) => start > from)?.[0] ?? untilMs;
  return { ms: from, untilMs: Math.min(untilMs, next) };
}
