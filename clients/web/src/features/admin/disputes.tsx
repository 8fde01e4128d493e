import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Heading } from "../../ui/screen.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Sum } from "../wallet/sum.tsx";
import { Complaint } from "./complaint.tsx";
import { Decide } from "./decide.tsx";
import { type Dispute, disputesQuery, STATES, type State } from "./dispute-queries.ts";

/** What listeners contest, or the server found not to add up, and who was right. */
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
        {disputes.isLoadingError ? (
          <Failure error={disputes.error} retry={() => disputes.refetch()} />
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
  const { t } = useTranslation();
  const { id, title, artistName, total } = dispute;
  return (
    <li className="ruled grid gap-x-8 gap-y-3 py-4 @min-[48rem]:grid-cols-[1fr_auto]">
      <div className="min-w-0">
        <div className="flex flex-wrap items-baseline justify-between gap-x-4">
          {title && (
            <h2 className="min-w-0 [overflow-wrap:anywhere]">
              <Link
                to="/admin/disputes/$dispute"
                params={{ dispute: id }}
                className="text-18 font-semibold underline decoration-line underline-offset-4 hover:decoration-paper"
              >
                {title}
              </Link>{" "}
              <span className="text-soft">{artistName}</span>
            </h2>
          )}
          <Sum amount={total} />
        </div>
        <Complaint dispute={dispute} />
        <Link
          to="/admin/disputes/$dispute"
          params={{ dispute: id }}
          className="mt-1 inline-flex min-h-11 items-center underline decoration-line underline-offset-4 hover:decoration-paper"
        >
          {t("admin.disputes.receipt")}
        </Link>
      </div>
      <Decide dispute={dispute} />
    </li>
  );
}
