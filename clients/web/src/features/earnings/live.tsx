import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { inFigures } from "../../ui/money.ts";
import { Skeleton } from "../../ui/state.tsx";
import { unitOf } from "../wallet/sum.tsx";
import type { Standing } from "./standing.ts";

/** What there is now, with what plays that have not ended came to so far; it moves as they are heard. */
export function Live({
  standing,
  holdDays,
  isAway,
}: {
  standing: Standing | undefined;
  /** For how many days what was earned waits until it is payable. */
  holdDays: number | undefined;
  /** The server cannot tell what moves: this is how it stood. */
  isAway: boolean;
}) {
  const { t } = useTranslation();
  if (!standing) {
    return <Skeleton className="mt-8 h-24 w-full max-w-[32rem]" />;
  }
  const { balances, live, open, listening } = standing;
  const beats = balances.find(({ asset }) => asset === live.asset);
  const earned = BigInt(beats?.earned ?? "0") + BigInt(live.amount);
  const sum = (amount: string | bigint | undefined, asset = live.asset) =>
    inFigures({ asset, amount: String(amount ?? 0) });
  const others = balances.filter(
    ({ asset, earned: of, payable, disputed }) =>
      asset !== live.asset && [of, payable, disputed].some((each) => BigInt(each) !== 0n),
  );
  return (
    <section aria-label={t("studio.earnings.now")} className="mt-8">
      <p className="text-soft">{t("studio.earnings.earned")}</p>
      <p className="mt-1 flex flex-wrap items-baseline gap-x-3">
        <span
          data-live
          className={cx(
            "figure text-[clamp(2rem,8cqw,4rem)] leading-none font-medium text-verdigris",
            isAway && "[-webkit-text-fill-color:transparent] [-webkit-text-stroke:1px]",
          )}
        >
          {sum(earned)}
        </span>
        <span className="text-18 text-soft">{unitOf(t, live.asset)}</span>
      </p>
      {BigInt(open.amount) > 0n && (
        <p className="mt-2 text-13 text-soft">{t("studio.earnings.open", { figure: sum(open.amount) })}</p>
      )}
      <p className="mt-3 flex items-center gap-2 text-soft">
        <span
          aria-hidden="true"
          className={cx(
            "size-2 rounded-full",
            listening > 0 && !isAway ? "bg-verdigris" : "border border-edge",
          )}
        />
        {isAway ? t("studio.earnings.away") : t("studio.earnings.listening", { count: listening })}
      </p>
      <dl className="mt-5 flex flex-wrap gap-x-10 gap-y-3">
        <Figure name={t("studio.earnings.payable")}>{sum(beats?.payable)}</Figure>
        <Figure name={t("studio.earnings.disputed")}>{sum(beats?.disputed)}</Figure>
        {others.map(({ asset, earned: of, payable }) => (
          <Figure key={asset} name={unitOf(t, asset)}>
            {sum(BigInt(of) + BigInt(payable), asset)}
          </Figure>
        ))}
      </dl>
      <p className="mt-4 max-w-[66ch] text-13 text-faint">
        {t("studio.earnings.what")} {holdDays !== undefined && t("studio.earnings.hold", { count: holdDays })}{" "}
        {t("studio.earnings.what_disputed")}
      </p>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt className="text-13 text-soft">{name}</dt>
      <dd className="figure text-18">{children}</dd>
    </div>
  );
}
