import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { Icon } from "../../ui/icons.tsx";
import { Heading } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { useOpenDisputes } from "./dispute-queries.ts";
import { healthQuery, importsQuery, jobsQuery } from "./queries.ts";
import { Figures } from "./stats.tsx";

/** Whether the server does well, and what waits for its operator. */
export function Overview() {
  const { t } = useTranslation();
  const health = useQuery(healthQuery);
  const dead = useInfiniteQuery(jobsQuery("dead"));
  const imports = useInfiniteQuery(importsQuery);
  const disputes = useOpenDisputes();
  const running = imports.data?.pages[0]?.items.filter(({ state }) => state === "running").length ?? 0;
  const failed = dead.data?.pages[0]?.items.length ?? 0;
  const more = Boolean(dead.data?.pages[0]?.nextCursor);
  return (
    <>
      <Heading className="display mt-8 text-32">{t("admin.health.title")}</Heading>
      {health.isLoadingError ? (
        <Failure error={health.error} retry={() => health.refetch()} />
      ) : (
        <dl className="mt-6 max-w-[44rem] border-t border-line">
          <Line name={t("admin.health.serving")}>
            {health.data ? (
              <Told
                good={health.data.missing.length === 0}
                text={
                  health.data.missing.length === 0
                    ? t("admin.health.ready")
                    : t("admin.health.missing", { parts: health.data.missing.join(", ") })
                }
              />
            ) : (
              <Skeleton className="h-5 w-40" />
            )}
          </Line>
          <Line name={t("admin.health.version")}>
            {health.data ? (
              <span className="figure">{health.data.version}</span>
            ) : (
              <Skeleton className="h-5 w-16" />
            )}
          </Line>
          <Line name={t("admin.health.jobs")}>
            {dead.data ? (
              <Link to="/admin/jobs" className="underline underline-offset-4">
                <Told
                  good={failed === 0}
                  text={
                    failed === 0
                      ? t("admin.health.none_dead")
                      : t("admin.health.dead", { count: failed, shown: more ? `${failed}+` : `${failed}` })
                  }
                />
              </Link>
            ) : (
              <Skeleton className="h-5 w-40" />
            )}
          </Line>
          <Line name={t("admin.nav.disputes")}>
            {disputes !== undefined ? (
              <Link to="/admin/disputes" className="underline underline-offset-4">
                <Told good={disputes === 0} text={t("admin.disputes.waiting", { count: disputes })} />
              </Link>
            ) : (
              <Skeleton className="h-5 w-40" />
            )}
          </Line>
          <Line name={t("admin.nav.imports")}>
            {imports.data ? (
              <Link to="/admin/imports" className="underline underline-offset-4">
                {t("admin.health.running", { count: running })}
              </Link>
            ) : (
              <Skeleton className="h-5 w-40" />
            )}
          </Line>
        </dl>
      )}
      <Figures />
    </>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="ruled grid min-h-12 grid-cols-[8rem_1fr] items-center gap-4 sm:grid-cols-[14rem_1fr]">
      <dt className="text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Told({ good, text }: { good: boolean; text: string }) {
  return (
    <span className={cx("inline-flex items-center gap-2", !good && "text-rust")}>
      <Icon name={good ? "check" : "alert"} size={18} />
      {text}
    </span>
  );
}
