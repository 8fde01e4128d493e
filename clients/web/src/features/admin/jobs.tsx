import { ask, type components } from "@resonance/sdk";
import { keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Count } from "../../ui/figures.tsx";
import { Heading } from "../../ui/screen.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Job, jobsQuery } from "./queries.ts";
import { Troubles } from "./troubles.tsx";

const STATES = ["dead", "running", "ready", "done"] as const;
type State = components["schemas"]["JobState"];

/** What the server does in the background; what gave up is let run again. */
export function Jobs() {
  const { t } = useTranslation();
  const [state, setState] = useState<State>("dead");
  const jobs = useInfiniteQuery({ ...jobsQuery(state), placeholderData: keepPreviousData });
  const all = jobs.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Heading className="display mt-8 mb-5 text-32">{t("admin.nav.jobs")}</Heading>
      <Tabs
        label={t("admin.nav.jobs")}
        selected={state}
        onSelect={setState}
        tabs={STATES.map((id) => ({ id, label: t(`admin.jobs.states.${id}`) }))}
      >
        {jobs.isLoadingError ? (
          <Failure error={jobs.error} retry={() => jobs.refetch()} />
        ) : all?.length === 0 ? (
          <Empty title={t(`admin.jobs.none_${state}`)} />
        ) : (
          <ul>
            {all?.map((job) => <Row key={job.id} job={job} />) ?? <Skeleton className="my-2 h-12 w-full" />}
          </ul>
        )}
        {jobs.hasNextPage && (
          <Button className="mt-5" busy={jobs.isFetchingNextPage} onPress={() => void jobs.fetchNextPage()}>
            {t("action.show_more")}
          </Button>
        )}
      </Tabs>
    </>
  );
}

function Row({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "medium" });
  const retry = useMutation({
    mutationFn: () =>
      ask(server.api.POST("/api/v1/admin/jobs/{id}/retry", { params: { path: { id: job.id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["admin", "jobs"] }),
    onError: (error) => toast(messageOf(t, error)),
  });
  return (
    <li className="ruled grid min-h-14 grid-cols-[1fr_auto] items-center gap-x-4 py-2">
      <div className="min-w-0">
        <p className="flex flex-wrap gap-x-4">
          <span className="figure text-13">{job.kind}</span>
          <time dateTime={job.createdAt} className="figure text-13 text-soft">
            {time.format(new Date(job.createdAt))}
          </time>
          {job.total > 0 && (
            <span className="figure text-13 text-soft">
              <Count value={job.done} /> / <Count value={job.total} />
            </span>
          )}
        </p>
        {job.error && (
          <p
            className={cx(
              "text-13 [overflow-wrap:anywhere]",
              job.state === "dead" ? "text-rust" : "text-soft",
            )}
          >
            {job.error}
          </p>
        )}
        {job.kind === "import" && <Troubles result={job.result} job={job.id} />}
      </div>
      {job.state === "dead" && (
        <Button
          busy={retry.isPending}
          aria-label={t("admin.jobs.retry_of", { kind: job.kind })}
          onPress={() => retry.mutate()}
        >
          {t("action.retry")}
        </Button>
      )}
    </li>
  );
}
