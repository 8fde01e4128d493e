import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { Icon } from "../../ui/icons.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import type { Receipt } from "./queries.ts";

/** Whether a receipt proves what it says: worked out here, without asking any server. */
export function Proof({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["receipt-proof", receipt],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const { checkReceipt } = await import("@resonance/sdk/receipt");
      return await checkReceipt(receipt);
    },
  });
  if (error) {
    return <Failure error={error} retry={() => refetch()} />;
  }
  if (!data) {
    return <Skeleton className="h-80 w-full max-w-[40rem]" />;
  }
  const isProven = data.every(({ holds }) => holds);
  return (
    <div className="max-w-[40rem] print:max-w-none">
      <p
        role="status"
        className={cx("flex items-center gap-2 text-18 font-semibold", !isProven && "text-rust")}
      >
        <Icon name={isProven ? "check" : "alert"} />
        {t(
          !isProven
            ? "wallet.proof.fails"
            : receipt.status === "refunded"
              ? "wallet.proof.holds_refunded"
              : "wallet.proof.holds",
        )}
      </p>
      <p className="mt-1 text-13 text-faint">{t("wallet.proof.where")}</p>
      <ul className="mt-4 border-t border-line print:grid print:grid-cols-2 print:gap-x-6">
        {data.map(({ check, holds }) => (
          <li
            key={check}
            className={cx(
              "ruled grid grid-cols-[auto_1fr] items-center gap-3 py-2.5 print:py-1",
              !holds && "text-rust",
            )}
          >
            <Icon name={holds ? "check" : "close"} size={16} />
            <span>
              <span className="sr-only">
                {t(holds ? "wallet.proof.yes" : "wallet.proof.no")}
                {": "}
              </span>
              {t(`wallet.proof.checks.${check}`)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
