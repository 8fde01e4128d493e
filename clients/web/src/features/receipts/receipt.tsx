import { ApiError } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { BackLink, Button } from "../../ui/button.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Contest } from "./contest.tsx";
import { receiptQuery } from "./queries.ts";
import { WholeReceipt } from "./whole.tsx";

/** One receipt: what was heard, what it cost, who got it, and the proofs. */
export function ReceiptScreen({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(receiptQuery(id));
  if (error instanceof ApiError && error.code === "session_open") {
    return (
      <Empty
        screen
        title={t("wallet.receipt.open.title")}
        action={<Button onPress={() => void refetch()}>{t("action.retry")}</Button>}
      >
        {t("wallet.receipt.open.text")}
      </Empty>
    );
  }
  return (
    <>
      <BackLink to="/wallet/receipts">{t("wallet.nav.receipts")}</BackLink>
      {error && !data ? (
        <Failure screen error={error} retry={() => refetch()} />
      ) : data ? (
        <WholeReceipt receipt={data}>
          <Contest receipt={data} />
        </WholeReceipt>
      ) : (
        <Skeleton className="mt-4 h-96 w-full max-w-[40rem]" />
      )}
    </>
  );
}
