import type { money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { inFigures } from "../../ui/money.ts";

/** A sum that came in or left, with its sign: verdigris and amber. */
export function Moved({ amount, className }: { amount: money.Amount; className?: string }) {
  const { t } = useTranslation();
  const units = BigInt(amount.amount);
  const text = inFigures(amount);
  return (
    <span className={cx(units > 0n ? "text-verdigris" : units < 0n ? "text-amber" : "text-soft", className)}>
      <span className="figure">{units > 0n ? `+${text}` : text}</span> {unitOf(t, amount.asset)}
    </span>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

/** What an asset's unit is called; a code that this app does not know is its own name. */
export function unitOf(t: Translate, asset: string): string {
  switch (asset) {
    case "BEAT":
      return t("wallet.units.beats");
    case "BTN":
      return t("wallet.units.points");
    case "USDC":
      return t("wallet.units.dollars");
    default:
      return asset;
  }
}

/** A sum and its unit, of money that rests. */
export function Sum({ amount, className }: { amount: money.Amount; className?: string }) {
  const { t } = useTranslation();
  return (
    <span className={className}>
      <span className="figure">{inFigures(amount)}</span> {unitOf(t, amount.asset)}
    </span>
  );
}
