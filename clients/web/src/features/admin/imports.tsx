import { ask } from "@resonance/sdk";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { TextField } from "../../ui/field.tsx";
import { Count } from "../../ui/figures.tsx";
import { Heading, Section } from "../../ui/screen.tsx";
import { Empty, Failure, messageOf, Skeleton, Spinner } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { copy } from "../catalogue/share.ts";
import { instanceQuery } from "../wallet/pay-in.ts";
import { useLiveJob } from "./live.ts";
import { Path } from "./path.tsx";
import { type Import, importsQuery, jobQuery, rootsQuery } from "./queries.ts";
import { Troubles } from "./troubles.tsx";

const FIGURES = ["seen", "added", "updated", "moved", "missing", "broken", "skipped", "unchanged"] as const;

/** Takes a folder of the server into the library, and shows how that goes. */
export function Imports() {
  const { t } = useTranslation();
  const [job, setJob] = useState<string>();
  const imports = useInfiniteQuery(importsQuery);
  const roots = useQuery(rootsQuery);
  const instance = useQuery(instanceQuery);
  const runs = imports.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Heading className="display mt-8 text-32">{t("admin.nav.imports")}</Heading>
      {roots.isLoadingError ? (
        <Failure error={roots.error} retry={() => roots.refetch()} />
      ) : !roots.data || instance.isPending ? (
        <Skeleton className="mt-5 h-16 w-full max-w-[44rem]" />
      ) : roots.data.length > 0 ? (
        <StartImport
          roots={roots.data}
          onStart={(started) => {
            setJob(started);
            void imports.refetch();
          }}
        />
      ) : instance.data?.mode === "demo" ? (
        <ByCommand command={OWN_SERVER} about="demo" />
      ) : (
        <ByCommand command={IMPORT} about="import" />
      )}
      {job && <Running key={job} job={job} />}
      <Section title={t("admin.imports.runs")}>
        {imports.isLoadingError ? (
          <Failure error={imports.error} retry={() => imports.refetch()} />
        ) : runs?.length === 0 ? (
          <Empty title={t("admin.imports.none")}>
            {instance.data?.mode !== "demo" && t("admin.imports.none_text")}
          </Empty>
        ) : (
          <>
            <p className="mb-3 max-w-[58ch] text-13 text-soft">{t("admin.imports.whose")}</p>
            <ul className="border-t border-line">
              {runs?.map((run) => <Run key={run.id} run={run} />) ?? (
                <Skeleton className="my-3 h-16 w-full" />
              )}
            </ul>
          </>
        )}
        {imports.hasNextPage && (
          <Button
            className="mt-5"
            busy={imports.isFetchingNextPage}
            onPress={() => void imports.fetchNextPage()}
          >
            {t("action.show_more")}
          </Button>
        )}
      </Section>
    </>
  );
}

/** Asks for a folder within those that may be imported. */
function StartImport({ roots, onStart }: { roots: readonly string[]; onStart: (job: string) => void }) {
  const { t, i18n } = useTranslation();
  const [only = ""] = roots.length === 1 ? roots : [];
  const [path, setPath] = useState(only);
  const start = useMutation({
    mutationFn: () => ask(server.api.POST("/api/v1/admin/imports", { body: { path } })),
    onSuccess: ({ job }) => onStart(job),
  });
  const listed = new Intl.ListFormat(i18n.language, { type: "disjunction" }).format(roots);
  return (
    <form
      className="mt-5 grid max-w-[44rem] items-start gap-3 sm:grid-cols-[1fr_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <TextField
        label={t("admin.imports.path")}
        hint={t("admin.imports.path_hint", { roots: listed })}
        placeholder={roots[0] ?? ""}
        value={path}
        onChange={setPath}
        autoCorrect="off"
        spellCheck="false"
        error={start.error ? messageOf(t, start.error) : undefined}
        className="[&_input]:figure"
      />
      <Button
        type="submit"
        kind="primary"
        className="sm:mt-[1.6rem]"
        busy={start.isPending}
        isDisabled={path.trim() === ""}
      >
        {t("admin.imports.start")}
      </Button>
    </form>
  );
}

const IMPORT = "resonance import /srv/music";
/** A demo refuses it: its data is its own. */
const OWN_SERVER = "resonance serve";

/** No folder may be imported from here: what to type on the server instead. */
function ByCommand({ command, about }: { command: string; about: "import" | "demo" }) {
  const { t } = useTranslation();
  return (
    <div className="mt-5 grid max-w-[44rem] gap-3">
      <p>{t(about === "demo" ? "admin.imports.demo" : "admin.imports.by_command")}</p>
      <div className="flex items-center gap-2 rounded-field border border-line ps-4">
        <code className="figure min-w-0 flex-1 py-2.5 select-all [overflow-wrap:anywhere]">{command}</code>
        <IconButton
          icon="copy"
          label={t("admin.imports.copy")}
          onPress={() =>
            void copy(command).then(
              () => toast(t("admin.imports.copied")),
              () => toast(t("admin.imports.copy_failed")),
            )
          }
        />
      </div>
      <p className="text-13 text-soft">
        {about === "demo"
          ? t("admin.imports.demo_hint", { command: IMPORT })
          : t("admin.imports.by_command_hint")}
      </p>
    </div>
  );
}

/** The import that was started here, as it goes on. */
function Running({ job }: { job: string }) {
  const { t } = useTranslation();
  const { data, error } = useQuery(jobQuery(job));
  useLiveJob(job, () => void queryClient.invalidateQueries({ queryKey: importsQuery.queryKey }));
  const state = data?.state;
  useEffect(() => {
    if (state) {
      void queryClient.invalidateQueries({ queryKey: importsQuery.queryKey });
    }
    if (state === "done") {
      void queryClient.invalidateQueries({ queryKey: ["tracks"] });
    }
  }, [state]);
  if (error && !data) {
    return <p className="mt-5 text-13 text-rust">{messageOf(t, error)}</p>;
  }
  if (!data) {
    return <Skeleton className="mt-5 h-12 w-full max-w-[44rem]" />;
  }
  const isOver = data.state === "done" || data.state === "dead";
  return (
    <div className="mt-5 max-w-[44rem]">
      <div className="flex min-h-8 items-center gap-3">
        {!isOver && <Spinner />}
        <p role="status" className={cx("text-13", data.state === "dead" && "text-rust")}>
          {data.state === "done"
            ? t("admin.imports.done")
            : data.state === "dead"
              ? (data.error ?? t("admin.imports.failed"))
              : t("admin.imports.running")}
        </p>
        <p className="figure ms-auto text-13 text-soft">
          <Count value={data.done} />
          {data.total > 0 && (
            <>
              {" / "}
              <Count value={data.total} />
            </>
          )}
        </p>
      </div>
      <progress
        aria-label={t("admin.imports.progress")}
        max={1}
        {...(data.state === "done"
          ? { value: 1 }
          : data.total > 0
            ? { value: Math.min(1, data.done / data.total) }
            : { value: 0 })}
        className="h-1 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-paper [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-paper"
      />
      <Troubles result={data.result} />
    </div>
  );
}

function Run({ run }: { run: Import }) {
  const { t, i18n } = useTranslation();
  const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  const isBad = run.state === "failed" || run.state === "interrupted";
  return (
    <li className="ruled grid gap-1 py-3">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <span className="min-w-0 flex-1 basis-64 text-13">
          <Path path={run.path} />
        </span>
        <span className={cx("text-13", isBad ? "text-rust" : "text-soft")}>
          {t(`admin.imports.states.${run.state}`)}
        </span>
        <time dateTime={run.startedAt} className="figure text-13 text-soft">
          {time.format(new Date(run.startedAt))}
        </time>
      </div>
      <p className="flex flex-wrap gap-x-5 gap-y-0.5 text-13 text-soft">
        {FIGURES.filter((name) => name === "seen" || name === "added" || run[name] > 0).map((name) => (
          <span key={name} className={name === "broken" ? "text-rust" : undefined}>
            <Count value={run[name]} /> {t(`admin.imports.figures.${name}`)}
          </span>
        ))}
      </p>
      {run.error && <p className="text-13 text-rust">{run.error}</p>}
    </li>
  );
}
