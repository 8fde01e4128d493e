import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { Sum } from "../wallet/sum.tsx";
import { Mark } from "./mark.tsx";
import { Paid } from "./paid.tsx";
import type { Receipt } from "./queries.ts";

/** What a receipt says, as a till prints it. */
export function ReceiptPaper({ receipt }: { receipt: Receipt }) {
  const { t, i18n } = useTranslation();
  const { startedAt, settledAt, seconds, beats, pricePerSecond, total, fee, platformFeeBp, shares } = receipt;
  const isBack = receipt.status === "refunded";
  const time = (at: string) =>
    new Date(at).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "medium" });
  return (
    <div className="max-w-[40rem] print:max-w-none">
      <dl className="border-t border-line">
        <Line name={t("wallet.receipt.started")}>
          <time dateTime={startedAt}>{time(startedAt)}</time>
        </Line>
        <Line name={t("wallet.receipt.ended")}>
          <time dateTime={settledAt}>{time(settledAt)}</time>
        </Line>
        <Line name={t("wallet.receipt.heard")}>
          <span className="figure">{clock(seconds * 1000)}</span>
        </Line>
        <Line name={t("wallet.receipt.charged")}>
          <span className="figure">{clock(beats * 1000)}</span>
        </Line>
        <Line name={t("wallet.receipt.rate")}>
          <Sum amount={pricePerSecond} />
        </Line>
        <Line name={t("wallet.receipt.rail")}>{t("wallet.receipt.ledger")}</Line>
        <Line name={t("wallet.receipt.total")}>
          <span className="text-18">
            <Mark status={receipt.status} className="me-3" />
            <Paid amount={total} isBack={isBack} className="text-amber" />
          </span>
        </Line>
      </dl>
      <h3 className="mt-8 mb-2 font-semibold print:mt-4">{t(`wallet.receipt.${whoOf(receipt.status)}`)}</h3>
      <ul className="border-t border-line">
        {shares.map(({ artistId, artistName, basisPoints, amount }) => (
          <li
            key={artistId}
            className="ruled flex min-h-11 items-center justify-between gap-4 py-2 print:min-h-0 print:py-1"
          >
            <span className="min-w-0">
              <Link
                to="/a/$artist"
                params={{ artist: artistId }}
                className="underline decoration-line underline-offset-4 [overflow-wrap:anywhere] hover:decoration-paper"
              >
                {artistName}
              </Link>{" "}
              <Percent bp={basisPoints} />
            </span>
            <span className="shrink-0">
              <Paid amount={amount} isBack={isBack} />
            </span>
          </li>
        ))}
        <li className="ruled flex min-h-11 items-center justify-between gap-4 py-2 print:min-h-0 print:py-1">
          <span>
            {t("wallet.receipt.fee")} <Percent bp={platformFeeBp} />
          </span>
          <Paid amount={fee} isBack={isBack} />
        </li>
      </ul>
    </div>
  );
}

/** Who got it, would have, or does if it is decided so. */
function whoOf(status: string) {
  return status === "refunded" ? "who_back" : status === "disputed" ? "who_aside" : "who";
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="ruled flex min-h-11 flex-wrap items-center justify-between gap-x-4 py-2 print:min-h-0 print:py-1">
      <dt className="text-soft">{name}</dt>
      <dd className="text-end">{children}</dd>
    </div>
  );
}

/** Basis points as per cent, exact. */
function Percent({ bp }: { bp: number }) {
  return (
    <span className="figure text-13 text-soft">{inFigures({ asset: "%", amount: String(bp) }, 0)} %</span>
  );
}
