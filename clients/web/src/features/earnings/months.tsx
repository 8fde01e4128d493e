import { useTranslation } from "react-i18next";
import { clock } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { unitOf } from "../wallet/sum.tsx";
import type { Statement } from "./queries.ts";

/** What each month came to: listening and tips, which add up; and apart what is no part of it, and what became payable. */
export function Months({ months }: { months: readonly Statement[] }) {
  const { t, i18n } = useTranslation();
  const name = (month: string) =>
    new Date(`${month}-01T00:00:00Z`).toLocaleDateString(i18n.language, {
      month: "long",
      year: "numeric",
      timeZone: "UTC",
    });
  const head = "border-b border-line pb-2 font-medium";
  const aside = `${head} hidden text-end @min-[44rem]:table-cell`;
  const cell = "hidden border-b border-line text-end @min-[44rem]:table-cell";
  return (
    <div className="@container">
      <table className="w-full border-collapse">
        <thead>
          <tr className="text-13 text-soft">
            <th className={`${head} text-start`}>{t("studio.earnings.month")}</th>
            <th className={aside}>{t("studio.earnings.seconds")}</th>
            <th className={aside}>{t("studio.earnings.from_listening")}</th>
            <th className={aside}>{t("studio.earnings.from_tips")}</th>
            <th className={`${head} text-end`}>{t("studio.earnings.sum")}</th>
            <th className={`${aside} ps-10`}>{t("studio.earnings.withheld")}</th>
            <th className={aside}>{t("studio.earnings.matured")}</th>
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, seconds, listening, tips, withheld, matured, earned }) => (
            <tr key={`${month}${earned.asset}`} className="h-11">
              <td className="border-b border-line py-1.5 pe-4">
                {name(month)}
                <span className="block text-13 text-soft @min-[44rem]:hidden">
                  <span className="figure">{clock(seconds * 1000)}</span> ·{" "}
                  {t("studio.earnings.of_tips", { figure: inFigures(tips) })} ·{" "}
                  {t("studio.earnings.of_matured", { figure: inFigures(matured) })}
                </span>
              </td>
              <td className={`figure ${cell}`}>{clock(seconds * 1000)}</td>
              <td className={`figure ${cell}`}>{inFigures(listening)}</td>
              <td className={`figure ${cell}`}>{inFigures(tips)}</td>
              <td className="border-b border-line text-end whitespace-nowrap text-verdigris">
                <span className="figure">{inFigures(earned)}</span> {unitOf(t, earned.asset)}
              </td>
              <td className={`figure ${cell}`}>{inFigures(withheld)}</td>
              <td className={`figure ${cell}`}>{inFigures(matured)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
