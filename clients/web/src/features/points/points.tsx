import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { clock } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { Heading, Section } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { useAvailable } from "../wallet/balance.ts";
import { Moved } from "../wallet/sum.tsx";
import { Perks } from "./perks.tsx";
import { Premium } from "./premium.tsx";
import { type Rewards, rewardsQuery } from "./queries.ts";
import { Redemptions } from "./redemptions.tsx";

/** Points: what earned them, how many today, what they are good for. */
export function Points() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(rewardsQuery);
  const available = useAvailable("BTN");
  if (error && !data) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  return (
    <>
      <Heading className="display mt-8 text-32">{t("wallet.nav.points")}</Heading>
      <p className="mt-3 max-w-[66ch] text-soft">{t("wallet.points.what")}</p>
      <p className="mt-6 text-soft">{t("wallet.points.have")}</p>
      {available ? (
        <p className="figure mt-1 text-[clamp(1.5rem,8cqw,3rem)] leading-none font-medium">
          {inFigures(available)}
        </p>
      ) : (
        <Skeleton className="mt-1 h-12 w-48" />
      )}
      {data ? <Known rewards={data} /> : <Skeleton className="mt-10 h-64 w-full max-w-[40rem]" />}
      <Perks />
      <Redemptions />
    </>
  );
}

function Known({ rewards }: { rewards: Rewards }) {
  const { t } = useTranslation();
  return (
    <>
      <Today rewards={rewards} />
      <Section title={t("wallet.points.earn")}>
        <ul className="max-w-[40rem] border-t border-line">
          {rewards.rules.map((rule) => (
            <li key={rule.kind} className="ruled flex min-h-12 items-center justify-between gap-4 py-2">
              <span>{ruleOf(t, rule)}</span>
              <Moved amount={rule.amount} className="shrink-0" />
            </li>
          ))}
        </ul>
        <p className="mt-3 max-w-[66ch] text-13 text-faint">
          {t("wallet.points.counts")}
          {rewards.shortestTrackSeconds > 0 &&
            ` ${t("wallet.points.shortest", { length: clock(rewards.shortestTrackSeconds * 1000) })}`}
        </p>
      </Section>
      <Supply rewards={rewards} />
      {rewards.premiumDay && <Premium price={rewards.premiumDay} until={rewards.premiumUntil} />}
    </>
  );
}

type Translate = ReturnType<typeof useTranslation>["t"];

function ruleOf(t: Translate, { kind, description }: Rewards["rules"][number]): string {
  switch (kind) {
    case "full_play":
    case "partial_play":
    case "first_like":
      return t(`wallet.points.rules.${kind}`);
    default:
      return description;
  }
}

/** How much of the day's cap is earned. */
function Today({ rewards: { today } }: { rewards: Rewards }) {
  const { t, i18n } = useTranslation();
  const { earned, cap, endsAt } = today;
  const most = Number(cap.amount);
  const share = most > 0 ? Math.min(1, Number(earned.amount) / most) : 0;
  return (
    <Section title={t("wallet.points.today")} className="mt-8">
      <div className="max-w-[40rem]">
        <p className="flex flex-wrap justify-between gap-x-4">
          <span>
            <span className="figure">{inFigures(earned)}</span> {t("wallet.points.of")}{" "}
            <span className="figure">{inFigures(cap)}</span> {t("wallet.points.of_points")}
          </span>
          <span className="text-13 text-soft">
            {t("wallet.points.next", {
              time: new Date(endsAt).toLocaleTimeString(i18n.language, {
                hour: "numeric",
                minute: "2-digit",
                timeZoneName: "short",
              }),
            })}
          </span>
        </p>
        <div aria-hidden="true" className="mt-2 h-[3px] bg-line">
          <div className="h-full bg-verdigris" style={{ width: `${share * 100}%` }} />
        </div>
      </div>
    </Section>
  );
}

function Supply({ rewards: { supply } }: { rewards: Rewards }) {
  const { t } = useTranslation();
  const { left, total, untilHalving, halvings } = supply;
  return (
    <Section title={t("wallet.points.supply")}>
      <dl className="flex flex-wrap gap-x-10 gap-y-3">
        {[
          { name: t("wallet.points.left"), sum: left },
          { name: t("wallet.points.total"), sum: total },
          { name: t("wallet.points.halving"), sum: untilHalving },
        ].map(({ name, sum }) => (
          <div key={name}>
            <dt className="text-13 text-soft">{name}</dt>
            <dd className="figure text-18">{inFigures(sum)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 max-w-[66ch] text-13 text-faint">
        {t("wallet.points.supply_what")} {t("wallet.points.halved", { count: halvings })}
      </p>
    </Section>
  );
}
