import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAway } from "../../app/use-away.ts";
import { Heading, Section } from "../../ui/screen.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { choosePage, usePages } from "../studio/pages.ts";
import { everyDay } from "./days.ts";
import { Disputes } from "./disputes.tsx";
import { Live } from "./live.tsx";
import { Months } from "./months.tsx";
import {
  disputesQuery,
  type EarnedSum,
  earningsQuery,
  SPANS,
  type Span,
  statementsQuery,
  tableUrl,
} from "./queries.ts";
import { useStanding, whyNone } from "./standing.ts";
import { Sums } from "./sums.tsx";
import { Tips } from "./tips.tsx";

const Chart = lazy(() => import("./chart.tsx").then((module) => ({ default: module.Chart })));

/** How often the figures are asked for besides: the server tells what moves, as long as there is a line to it. */
const EVERY_MS = 15_000;

/** What the studio's page earned: now, by day and by track. */
export function EarningsScreen() {
  const { page } = usePages();
  const { page: wanted } = useSearch({ from: "/studio/earnings" });
  const navigate = useNavigate();
  useEffect(() => {
    if (wanted) {
      choosePage(wanted);
      void navigate({ to: "/studio/earnings", replace: true });
    }
  }, [wanted, navigate]);
  return page ? <OfPage key={page.id} artist={page.id} /> : null;
}

function OfPage({ artist }: { artist: string }) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<Span>(30);
  const [by, setBy] = useState<"day" | "track" | "month">("day");
  const days = useQuery({
    ...earningsQuery(artist, "day", span, EVERY_MS),
    placeholderData: keepPreviousData,
  });
  const tracks = useQuery({
    ...earningsQuery(artist, "track", span),
    enabled: by === "track",
    placeholderData: keepPreviousData,
  });
  const months = useQuery({
    ...statementsQuery(artist, span),
    enabled: by === "month",
    placeholderData: keepPreviousData,
  });
  const { standing: now, at } = useStanding(artist, days.data);
  const isAway = useAway();
  const contested = useInfiniteQuery(disputesQuery(artist));
  const why = whyNone(now, Boolean(contested.data?.pages[0]?.items.length));
  const sums = by === "track" ? tracks : days;
  const shown = by === "month" ? months : sums;
  const items = days.data?.items;
  // The same picture while nothing new was settled.
  const said = JSON.stringify(items);
  const drawn = useMemo(() => {
    const read: EarnedSum[] | undefined = said === undefined ? undefined : JSON.parse(said);
    return read && everyDay(read, "BEAT", span, Date.now());
  }, [said, span]);
  if (days.error && !days.data) {
    return <Failure screen error={days.error} retry={() => days.refetch()} />;
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
      {(days.error || isAway) && at !== undefined && <Stale at={at} />}
      <Live standing={now} holdDays={days.data?.holdDays} isAway={isAway} />
      <Disputes artist={artist} />
      {days.data && <Tips tips={days.data.tips} />}
      {items?.length === 0 && days.data?.tips.length === 0 ? (
        <Empty title={t(`studio.earnings.${why}.title`)}>{t(`studio.earnings.${why}.text`)}</Empty>
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
                { id: "month", label: t("studio.earnings.by_month") },
              ]}
            >
              {shown.error && !shown.data ? (
                <Failure error={shown.error} retry={() => shown.refetch()} />
              ) : by === "month" && months.data ? (
                <Months months={months.data.items} />
              ) : by !== "month" && sums.data ? (
                <>
                  <p className="mb-3 text-13 text-soft">{t("studio.earnings.listening_only")}</p>
                  <Sums by={by} items={sums.data.items} />
                </>
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

/** What is shown is no longer asked for successfully. */
function Stale({ at }: { at: number }) {
  const { t, i18n } = useTranslation();
  return (
    <p role="status" className="mt-4 text-13 text-rust">
      {t("studio.earnings.stale", { time: new Date(at).toLocaleTimeString(i18n.language) })}
    </p>
  );
}
