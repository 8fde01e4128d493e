import { money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { cx } from "./class.ts";
import { inFigures } from "./money.ts";

/** `m:ss`, or `h:mm:ss` from an hour on. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A length or a position. */
export function Clock({ ms, className }: { ms: number; className?: string }) {
  return <span className={cx("figure", className)}>{clock(ms)}</span>;
}

/** A figure that may be longer than its place is wide: rather than being cut, it goes on in the next line. */
export function Figure({ children, className }: { children: string; className?: string }) {
  return (
    <span className={cx("figure min-w-0 [overflow-wrap:anywhere] whitespace-normal!", className)}>
      {children}
    </span>
  );
}

/** A count in the reader's way of writing numbers. */
export function Count({ value, className }: { value: number; className?: string }) {
  const { i18n } = useTranslation();
  return <span className={cx("figure", className)}>{money.writer(i18n.language).format(value)}</span>;
}

/** What a second costs: amber, for that money leaves; or the word free. */
export function Rate({ price, className }: { price: money.Amount | null | undefined; className?: string }) {
  const { t } = useTranslation();
  if (!price || BigInt(price.amount) === 0n) {
    return <span className={cx("figure text-verdigris", className)}>{t("money.free")}</span>;
  }
  return (
    <span className={cx("figure whitespace-nowrap text-amber", className)}>
      {t("money.rate", { figure: inFigures(price) })}
    </span>
  );
}
