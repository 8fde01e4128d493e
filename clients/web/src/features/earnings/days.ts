import { beginOf, type EarnedSum, type Span } from "./queries.ts";

const DAY_MS = 86_400_000;

/** Every day (UTC) of a span with what it earned of an asset in minor units; a day without listening earned nothing. */
export function everyDay(
  items: readonly EarnedSum[],
  asset: string,
  span: Span,
  now: number,
): { day: string; amount: bigint }[] {
  const found = new Map<string, bigint>();
  for (const { day, amount } of items) {
    if (day && amount.asset === asset) {
      found.set(day, (found.get(day) ?? 0n) + BigInt(amount.amount));
    }
  }
  const first = beginOf(span, now).getTime();
  return Array.from({ length: span }, (_, at) => {
    const day = new Date(first + at * DAY_MS).toISOString().slice(0, 10);
    return { day, amount: found.get(day) ?? 0n };
  });
}
