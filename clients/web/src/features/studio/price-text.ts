import { money } from "@resonance/sdk";
import type { TFunction } from "i18next";
import { inField, inFigures, whyNoSum } from "../../ui/money.ts";

type Price = money.Amount | null | undefined;

/** So much a minute, in BEAT, may be a slip of the finger. */
const DEAR = 100_000_000n;

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

/** What a minute costs at that price, where that is so much that it is asked about. */
export function dearMinute(price: Price): money.Amount | undefined {
  const minute = price && money.times(price, 60);
  return minute && BigInt(minute.amount) > DEAR ? minute : undefined;
}

/** The question about such a price. */
export function whyDear(t: TFunction, text: string): string | undefined {
  const minute = dearMinute(priceOf(text));
  return minute && t("studio.price.dear", { minute: inFigures(minute) });
}

/** Why it is no price, where it is none. */
export function whyNoPrice(t: TFunction, text: string): string | undefined {
  return text.trim() === "" ? undefined : whyNoSum(t, "BEAT", text, t("studio.price.wrong"));
}
