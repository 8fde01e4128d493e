import type { components } from "@resonance/sdk";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Sum } from "../wallet/sum.tsx";

/** What listeners gave in the span of time that is shown. */
export function Tips({ tips }: { tips: readonly components["schemas"]["EarnedTips"][] }) {
  const { t } = useTranslation();
  if (tips.length === 0) {
    return null;
  }
  return (
    <section aria-label={t("studio.earnings.tips.title")} className="mt-8">
      <p className="text-13 text-soft">{t("studio.earnings.tips.title")}</p>
      <ul className="mt-1 flex flex-wrap gap-x-10 gap-y-2">
        {tips.map(({ amount, count }) => (
          <li key={amount.asset}>
            <Sum amount={amount} className="text-18 text-verdigris" />{" "}
            <span className="text-soft">{t("studio.earnings.tips.count", { count })}</span>
          </li>
        ))}
      </ul>
      <p className="mt-2 max-w-[66ch] text-13 text-faint">
        {tips.some(({ amount }) => amount.asset === "BTN") && t("studio.earnings.tips.points")}{" "}
        <Link
          to="/notifications"
          className="underline decoration-line underline-offset-4 hover:decoration-paper"
        >
          {t("studio.earnings.tips.who")}
        </Link>
      </p>
    </section>
  );
}
