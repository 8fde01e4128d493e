import { money } from "@resonance/sdk";

type Price = money.Amount | null | undefined;

/** A price as it is written into its field: exact; empty for free. */
export function written(price: Price): string {
  return price && BigInt(price.amount) > 0n ? money.exact(price, 0) : "";
}

/** What was written as a price: null for free, undefined for what is no price. */
export function priceOf(text: string): money.Amount | null | undefined {
  if (text.trim() === "") {
    return null;
  }
  const amount = money.parse("BEAT", text);
  return amount && (BigInt(amount.amount) === 0n ? null : amount);
}
