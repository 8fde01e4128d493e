import { money } from "@resonance/sdk";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Count, clock } from "../../ui/figures.tsx";
import { Heading, Section } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { usePages } from "../studio/pages.ts";
import { unitOf } from "../wallet/sum.tsx";
import { everyDay } from "./days.ts";
import { Live } from "./live.tsx";
import { type EarnedSum, earningsQuery, type GroupBy, SPANS, type Span, tableUrl } from "./queries.ts";
import { useStanding } from "./standing.ts";

const Chart = lazy(() => import("./chart.tsx").then((module) => ({ default: module.Chart })));

/** How often the figures are asked for besides: the server tells what moves, as long as there is a line to it. */
const EVERY_MS = 15_000;

/** What the studio's page earned: now, by day and by track. */
export function EarningsScreen() {
  const { page } = usePages();
  return page ? <OfPage key={page.id} artist={page.id} /> : null;
}

function OfPage({ artist }: { artist: string }) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<Span>(30);
  const [by, setBy] = useState<GroupBy>("day");
  const days = useQuery({
    ...earningsQuery(artist, "day", span, EVERY_MS),
    placeholderData: keepPreviousData,
  });
  const tracks = useQuery({
    ...earningsQuery(artist, "track", span),
    enabled: by === "track",
    placeholderData: keepPreviousData,
  });
  const now = useStanding(artist, days.data);
  const shown = by === "day" ? days : tracks;
  const items = days.data?.items;
  // The same picture while nothing new was settled.
  const said = JSON.stringify(items);
  const drawn = useMemo(() => {
    const read: EarnedSum[] | undefined = said === undefined ? undefined : JSON.parse(said);
    return read && everyDay(read, "BEAT", span, Date.now());
  }, [said, span]);
  if (days.error && !days.data) {
    return <Failure screen error={days.error} retry={() => void days.refetch()} />;
  }
  return (
    <>
      <div className="mt-8 flex flex-wrap items-end justify-between gap-4">
        <Heading className="display text-32">{t("studio.nav.earnings")}</Heading>
        <Select
          label={t("studio.earnings.span")}
          labelHidden
          className="w-48"
          value={`${span}`}
          onChange={(next) => setSpan(SPANS.find((each) => `${each}` === next) ?? 30)}
          choices={SPANS.map((each) => ({
            value: `${each}`,
            label: t("studio.earnings.days", { count: each }),
          }))}
        />
      </div>
      <Live standing={now} />
      {items?.length === 0 ? (
        <Empty title={t("studio.earnings.none.title")}>{t("studio.earnings.none.text")}</Empty>
      ) : (
        <Section title={t("studio.earnings.over")}>
          <Suspense fallback={<Skeleton className="h-[220px] w-full" />}>
            {drawn ? <Chart asset="BEAT" days={drawn} /> : <Skeleton className="h-[220px] w-full" />}
          </Suspense>
          <div className="mt-6">
            <Tabs
              label={t("studio.earnings.by")}
              selected={by}
              onSelect={setBy}
              tabs={[
                { id: "day", label: t("studio.earnings.by_day") },
                { id: "track", label: t("studio.earnings.by_track") },
              ]}
            >
              {shown.error && !shown.data ? (
                <Failure error={shown.error} retry={() => void shown.refetch()} />
              ) : shown.data ? (
                <Sums by={by} items={shown.data.items} />
              ) : (
                <Skeleton className="h-40 w-full" />
              )}
            </Tabs>
          </div>
          <a
            href={tableUrl(artist, by, span)}
            download={`earnings-${by}.csv`}
            className="mt-5 inline-flex h-11 items-center rounded-full border border-edge px-5 font-medium hover:border-paper"
          >
            {t("studio.earnings.csv")}
          </a>
        </Section>
      )}
    </>
  );
}

function Sums({ by, items }: { by: GroupBy; items: readonly EarnedSum[] }) {
  const { t, i18n } = useTranslation();
  const day = (text: string) =>
    new Date(`${text}T00:00:00Z`).toLocaleDateString(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  const head = "border-b border-line pb-2 font-medium";
  return (
    <table className="w-full border-collapse">
      <thead>
        <tr className="text-13 text-soft">
          <th className={`${head} text-start`}>{t(`studio.earnings.${by}`)}</th>
          <th className={`${head} hidden text-end sm:table-cell`}>{t("studio.earnings.seconds")}</th>
          <th className={`${head} hidden text-end sm:table-cell`}>{t("studio.earnings.listeners")}</th>
          <th className={`${head} text-end`}>{t("studio.earnings.share")}</th>
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
            <td className="figure hidden border-b border-line text-end sm:table-cell">
              {clock(item.seconds * 1000)}
            </td>
            <td className="hidden border-b border-line text-end sm:table-cell">
              <Count value={item.listeners} />
            </td>
            <td className="border-b border-line text-end whitespace-nowrap text-verdigris">
              <span className="figure">{money.exact(item.amount)}</span> {unitOf(t, item.amount.asset)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
