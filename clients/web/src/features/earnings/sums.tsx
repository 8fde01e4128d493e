import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Count, clock } from "../../ui/figures.tsx";
import { inFigures, inPercent } from "../../ui/money.ts";
import { unitOf } from "../wallet/sum.tsx";
import { pointsOf } from "./points.ts";
import type { EarnedSum, GroupBy } from "./queries.ts";

/** What came of each day, or of each track. */
export function Sums({ by, items }: { by: GroupBy; items: readonly EarnedSum[] }) {
  const { t, i18n } = useTranslation();
  const day = (text: string) =>
    new Date(`${text}T00:00:00Z`).toLocaleDateString(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  const head = "border-b border-line pb-2 font-medium";
  return (
    <table className="w-full border-collapse">
      <thead>
        <tr className="text-13 text-soft">
          <th className={`${head} text-start`}>{t(`studio.earnings.${by}`)}</th>
          <th className={`${head} hidden ps-6 text-end sm:table-cell`}>{t("studio.earnings.seconds")}</th>
          <th className={`${head} hidden ps-6 text-end sm:table-cell`}>{t("studio.earnings.listeners")}</th>
          <th className={`${head} ps-6 text-end`}>{t("studio.earnings.share")}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={`${item.day}${item.trackId}${item.amount.asset}`} className="h-11">
            <td className="border-b border-line pe-4 [overflow-wrap:anywhere]">
              {item.trackId ? (
                <Link
                  to="/studio/tracks/$track"
                  params={{ track: item.trackId }}
                  className="underline decoration-line underline-offset-4 hover:decoration-paper"
                >
                  {item.title}
                </Link>
              ) : (
                item.day && day(item.day)
              )}
              <span className="block text-13 text-soft sm:hidden">
                <span className="figure">{clock(item.seconds * 1000)}</span> ·{" "}
                {t("studio.earnings.heard_by", { count: item.listeners })}
              </span>
            </td>
            <td className="figure hidden border-b border-line ps-6 text-end sm:table-cell">
              {clock(item.seconds * 1000)}
            </td>
            <td className="hidden border-b border-line ps-6 text-end sm:table-cell">
              <Count value={item.listeners} />
            </td>
            <td className="border-b border-line py-1.5 ps-6 text-end whitespace-nowrap text-verdigris">
              <span className="figure">{inFigures(item.amount)}</span> {unitOf(t, item.amount.asset)}
              {item.amount.amount !== item.paid.amount && (
                <span className="block text-13 text-soft">
                  {t("studio.earnings.share_of", {
                    percent: inPercent(pointsOf(item)),
                    figure: inFigures(item.paid),
                  })}
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
