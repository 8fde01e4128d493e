import type { EarnedSum } from "./queries.ts";

/** What the artist's share is of all that was paid: in basis points, rounded. */
export function pointsOf({ amount, paid }: Pick<EarnedSum, "amount" | "paid">): number {
  const [own, all] = [BigInt(amount.amount), BigInt(paid.amount)];
  return all === 0n ? 0 : Number((own * 20_000n + all) / (2n * all));
}
