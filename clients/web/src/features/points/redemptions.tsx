import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { Sum } from "../wallet/sum.tsx";
import { type Redemption, redemptionsQuery } from "./queries.ts";

/** What points were exchanged for; nothing where none were. */
export function Redemptions() {
  const { t } = useTranslation();
  const { items, more } = useEndless(useInfiniteQuery(redemptionsQuery));
  if (!items || items.length === 0) {
    return null;
  }
  return (
    <Section title={t("wallet.points.redeemed")}>
      <ul className="border-t border-line">
        {items.map((each) => (
          <Row key={each.id} redemption={each} />
        ))}
      </ul>
      {more.has && (
        <Button className="mt-5" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
    </Section>
  );
}

function Row({ redemption: { at, cost, quantity, perk } }: { redemption: Redemption }) {
  const { t, i18n } = useTranslation();
  return (
    <li className="ruled grid min-h-14 grid-cols-[1fr_auto] items-center gap-x-4 py-2">
      <div className="min-w-0">
        <p className="[overflow-wrap:anywhere]">
          {perk ? perk.title : t("wallet.points.premium.count", { count: quantity })}
        </p>
        {perk?.code && (
          <p>
            {t("wallet.points.code")} <span className="figure break-all">{perk.code}</span>
          </p>
        )}
        <time dateTime={at} className="text-13 text-soft">
          {new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" })}
        </time>
      </div>
      <Sum amount={cost} className="text-soft" />
    </li>
  );
}
