import { money } from "@resonance/sdk";
import i18next, { type TFunction } from "i18next";

/** A sum as whoever reads this writes figures, and exact: every sum on a screen comes through here. */
export function inFigures(amount: money.Amount, atLeast?: number): string {
  return money.shown(amount, i18next.language, atLeast);
}

/** The same where it can be changed: it is read as the same sum. */
export function inField(amount: money.Amount): string {
  return money.written(amount, i18next.language);
}

/** Hundredths of a percent as whoever reads this writes them, exact. */
export function inPercent(basisPoints: number): string {
  return `${inFigures({ asset: "%", amount: String(basisPoints) }, 0)} %`;
}

/** What is wrong with what was typed as a sum, and how it is to be written; `undefined` if nothing is. */
export function whyNoSum(t: TFunction, asset: string, text: string, noFigure: string): string | undefined {
  const found = money.read(asset, text);
  switch (found) {
    case "ambiguous":
      return t("money.ambiguous", money.readings(text, i18next.language));
    case "too_fine":
      return t("money.too_fine", { count: money.decimals(asset) });
    case "too_large":
      return t("money.too_large");
    case "no_figure":
      return noFigure;
    default:
      return undefined;
  }
}
