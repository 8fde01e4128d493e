import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { bytes } from "../../ui/bytes.ts";
import { Count } from "../../ui/figures.tsx";
import { Section } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { type Stats, statsQuery } from "./queries.ts";

const COUNTS = ["users", "artists", "albums", "tracks", "plays"] as const;

/** How much of everything there is, as it changes. */
export function Figures() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(statsQuery);
  return (
    <Section title={t("admin.stats.title")}>
      {error && !data ? (
        <Failure error={error} retry={() => refetch()} />
      ) : (
        <dl className="grid max-w-[44rem] grid-cols-2 gap-x-8 border-t border-line sm:grid-cols-3">
          {COUNTS.map((name) => (
            <Figure key={name} name={t(`admin.stats.${name}`)}>
              {data && <Count value={data[name]} className="text-22" />}
            </Figure>
          ))}
          <Figure name={t("admin.stats.heard")}>{data && <Heard seconds={data.secondsListened} />}</Figure>
          <Figure name={t("admin.stats.storage")}>{data && <Stored storage={data.storage} />}</Figure>
          <Figure name={t("admin.stats.work")}>
            {data && (
              <>
                <Count value={data.jobs.running} className="text-22" />{" "}
                <span className="text-13 text-soft">{t("admin.stats.running")}</span>
                {data.jobs.ready > 0 && (
                  <span className="text-13 text-soft">
                    , <Count value={data.jobs.ready} /> {t("admin.stats.waiting")}
                  </span>
                )}
              </>
            )}
          </Figure>
        </dl>
      )}
    </Section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="ruled grid min-h-18 content-center py-2">
      <dt className="text-13 text-soft">{name}</dt>
      <dd>{children ?? <Skeleton className="my-1 h-5 w-20" />}</dd>
    </div>
  );
}

function Heard({ seconds }: { seconds: number }) {
  const { t, i18n } = useTranslation();
  const hours = seconds / 3600;
  const shown = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: hours < 10 ? 1 : 0 });
  return (
    <span className="figure text-22">
      {t("admin.stats.hours", { count: Math.round(hours), shown: shown.format(hours) })}
    </span>
  );
}

function Stored({ storage }: { storage: Stats["storage"] }) {
  const { i18n } = useTranslation();
  return (
    <span className="figure text-22">
      {bytes(storage.uploadedBytes + storage.importedBytes, i18n.language)}
    </span>
  );
}
