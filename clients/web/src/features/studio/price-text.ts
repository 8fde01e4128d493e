import { money } from "@resonance/sdk";
import type { TFunction } from "i18next";
import { inField, whyNoSum } from "../../ui/money.ts";

type Price = money.Amount | null | undefined;

/** A price as it is written into its field: exact; empty for free. */
export function written(price: Price): string {
  return price && BigInt(price.amount) > 0n ? inField(price) : "";
}

/** What was written as a price: null for free, undefined for what is no price. */
export function priceOf(text: string): money.Amount | null | undefined {
  if (text.trim() === "") {
    return null;
  }
  const amount = money.parse("BEAT", text);
  return amount && (BigInt(amount.amount) === 0n ? null : amount);
}

/** Why it is no price, where it is none. */
export function whyNoPrice(t: TFunction, text: string): string | undefined {
  return text.trim() === "" ? undefined : whyNoSum(t, "BEAT", text, t("studio.price.wrong"));
}
