import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { openTexts } from "../../app/i18n.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { Heading } from "../../ui/screen.tsx";
import { Empty, Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Page, page } from "../catalogue/queries.ts";
import { Sum } from "../wallet/sum.tsx";

const Dialog = lazy(() => import("../../ui/dialog.tsx").then((module) => ({ default: module.Dialog })));

type Dispute = components["schemas"]["DisputeView"];
type Resolution = components["schemas"]["Resolution"];
const STATES = ["open", "upheld", "dismissed"] as const;
type State = (typeof STATES)[number];

const disputesQuery = (status: State) =>
  infiniteQueryOptions({
    queryKey: ["admin", "disputes", status],
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = { status, ...page(pageParam, 50) };
      const [answer] = await Promise.all([
        ask(server.api.GET("/api/v1/admin/disputes", { params: { query }, signal })),
        // The names of sums are the wallet's.
        openTexts("wallet"),
      ]);
      return answer;
    },
  });

/** What listeners contest, and who was right. */
export function Disputes() {
  const { t } = useTranslation();
  const [state, setState] = useState<State>("open");
  const disputes = useInfiniteQuery({ ...disputesQuery(state), placeholderData: keepPreviousData });
  const all = disputes.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <Heading className="display mt-8 mb-5 text-32">{t("admin.nav.disputes")}</Heading>
      <Tabs
        label={t("admin.nav.disputes")}
        selected={state}
        onSelect={setState}
        tabs={STATES.map((id) => ({ id, label: t(`admin.disputes.states.${id}`) }))}
      >
        {disputes.error ? (
          <Failure error={disputes.error} retry={() => void disputes.refetch()} />
        ) : all?.length === 0 ? (
          <Empty title={t(`admin.disputes.none_${state}`)} />
        ) : (
          <ul>
            {all?.map((dispute) => <Row key={dispute.id} dispute={dispute} />) ?? (
              <li>
                <Skeleton className="my-2 h-16 w-full" />
              </li>
            )}
          </ul>
        )}
        {disputes.hasNextPage && (
          <Button
            className="mt-5"
            busy={disputes.isFetchingNextPage}
            onPress={() => void disputes.fetchNextPage()}
          >
            {t("action.show_more")}
          </Button>
        )}
      </Tabs>
    </>
  );
}

function Row({ dispute }: { dispute: Dispute }) {
  const { t, i18n } = useTranslation();
  const [asking, setAsking] = useState<Resolution>();
  const { id, reason, total, openedAt, resolvedAt, accountId, sessionId, status } = dispute;
  const time = (at: string) =>
    new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  const decide = useMutation({
    mutationFn: (resolution: Resolution) =>
      ask(
        server.api.POST("/api/v1/admin/disputes/{id}/resolve", {
          params: { path: { id } },
          body: { resolution },
        }),
      ),
    onError: (error) => toast(messageOf(t, error)),
    onSettled: () => {
      setAsking(undefined);
      return queryClient.invalidateQueries({ queryKey: ["admin", "disputes"] });
    },
  });
  return (
    <li className="ruled grid gap-x-8 gap-y-3 py-4 @min-[48rem]:grid-cols-[1fr_auto]">
      <div className="min-w-0">
        <p className="max-w-[66ch] [overflow-wrap:anywhere] whitespace-pre-wrap">{reason}</p>
        <p className="mt-2 flex flex-wrap gap-x-4 text-13 text-soft">
          <Sum amount={total} className="text-paper" />
          <time dateTime={openedAt}>{time(openedAt)}</time>
          {resolvedAt && <span>{t("admin.disputes.decided", { time: time(resolvedAt) })}</span>}
        </p>
        {[
          [t("admin.disputes.by"), accountId],
          [t("admin.disputes.session"), sessionId],
        ].map(([name, which]) => (
          <p key={name} className="mt-1 text-13 break-all text-faint">
            {name} <span className="font-mono">{which}</span>
          </p>
        ))}
        <Link
          to="/admin/disputes/$dispute"
          params={{ dispute: id }}
          className="mt-1 inline-flex min-h-11 items-center underline decoration-line underline-offset-4 hover:decoration-paper"
        >
          {t("admin.disputes.receipt")}
        </Link>
      </div>
      {status === "open" && (
        <div className="flex flex-wrap items-start gap-3">
          <Button onPress={() => setAsking("dismiss")}>{t("admin.disputes.dismiss")}</Button>
          <Button kind="danger" onPress={() => setAsking("uphold")}>
            {t("admin.disputes.uphold")}
          </Button>
        </div>
      )}
      {asking && (
        <Suspense fallback={null}>
          <Dialog
            alert
            isOpen
            title={t(`admin.disputes.${asking}_ask`)}
            onClose={() => setAsking(undefined)}
            actions={
              <>
                <Button onPress={() => setAsking(undefined)}>{t("action.cancel")}</Button>
                <Button
                  kind={asking === "uphold" ? "danger" : "primary"}
                  busy={decide.isPending}
                  onPress={() => decide.mutate(asking)}
                >
                  {t(`admin.disputes.${asking}`)}
                </Button>
              </>
            }
          >
            <p className="text-soft">{t(`admin.disputes.${asking}_what`)}</p>
          </Dialog>
        </Suspense>
      )}
    </li>
  );
}
