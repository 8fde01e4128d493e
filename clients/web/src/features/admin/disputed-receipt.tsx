import { ask } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { BackLink } from "../../ui/button.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { WholeReceipt } from "../receipts/whole.tsx";
import { Complaint } from "./complaint.tsx";
import { Decide } from "./decide.tsx";
import { disputeQuery } from "./dispute-queries.ts";

const disputedReceiptQuery = (id: string) =>
  queryOptions({
    queryKey: ["admin", "disputed-receipt", id],
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/admin/disputes/{id}/receipt", { params: { path: { id } }, signal })),
  });

/** What is contested and why, with its receipt and proofs: all to decide by. That an admin looks at it is written down. */
export function DisputedReceipt({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(disputedReceiptQuery(id));
  const { data: dispute } = useQuery(disputeQuery(id));
  if (error && !data) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  return (
    <>
      <BackLink to="/admin/disputes">{t("admin.nav.disputes")}</BackLink>
      {data ? (
        <WholeReceipt receipt={data}>
          {dispute && (
            <div className="mt-4 mb-5">
              <Complaint dispute={dispute} />
            </div>
          )}
          {dispute && <Decide dispute={dispute} />}
          <p className="mt-4 text-13 text-faint">{t("admin.disputes.seen")}</p>
        </WholeReceipt>
      ) : (
        <Skeleton className="mt-4 h-96 w-full max-w-[40rem]" />
      )}
    </>
  );
}
