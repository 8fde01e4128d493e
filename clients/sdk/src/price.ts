import { type Amount, sum, times } from "./money.ts";
import type { components } from "./schema.gen.ts";

type Priced = Pick<components["schemas"]["Track"], "pricePerSecond" | "durationMs">;

/** What hearing tracks costs: undefined for nothing at all. */
export interface Price {
  /** The lowest rate among those that cost something. */
  low: Amount;
  /** The highest. */
  high: Amount;
  /** What all of them cost when each is heard to its end: a second that has begun counts. */
  most: Amount;
  /** Some of them are free. */
  partly: boolean;
}

/** The price of tracks, exact; throws a `RangeError` when they are priced in more than one asset. */
export function priceOf(tracks: Iterable<Priced>): Price | undefined {
  const costs: Amount[] = [];
  let price: Price | undefined;
  let free = 0;
  for (const { pricePerSecond: rate, durationMs } of tracks) {
    if (!rate || BigInt(rate.amount) === 0n) {
      free += 1;
      continue;
    }
    costs.push(times(rate, Math.ceil(durationMs / 1000)));
    price = {
      low: !price || BigInt(rate.amount) < BigInt(price.low.amount) ? rate : price.low,
      high: !price || BigInt(rate.amount) > BigInt(price.high.amount) ? rate : price.high,
      most: rate,
      partly: false,
    };
  }
  return price && { ...price, most: sum(price.low.asset, costs), partly: free > 0 };
}

/** A beat is counted up to so much before the player's own place is at the end of its second. */
const EARLY_MS = 250;

/** What the rest of a track costs from `ms` on; undefined for one that costs nothing. */
export function restOf({ pricePerSecond: rate, durationMs }: Priced, ms: number): Amount | undefined {
  if (!rate || BigInt(rate.amount) === 0n) {
    return undefined;
  }
  return times(rate, Math.max(1, Math.ceil(durationMs / 1000) - Math.floor((ms + EARLY_MS) / 1000)));
}
