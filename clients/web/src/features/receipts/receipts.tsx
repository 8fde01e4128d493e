import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Clock } from "../../ui/figures.tsx";
import { Heading } from "../../ui/screen.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { Moved } from "../wallet/sum.tsx";
import { CheckFile } from "./check-file.tsx";
import { Mark } from "./mark.tsx";
import { Paid } from "./paid.tsx";
import { type ReceiptSummary, receiptsQuery } from "./queries.ts";

/** What the account paid for, one row a session. */
export function Receipts() {
  const { t } = useTranslation();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(receiptsQuery));
  return (
    <>
      <Heading className="display mt-8 text-32">{t("wallet.nav.receipts")}</Heading>
      <p className="mt-3 max-w-[66ch] text-soft">{t("wallet.receipt.what")}</p>
      <CheckFile />
      {error ? (
        <Failure error={error} retry={retry} />
      ) : items?.length === 0 ? (
        <Empty
          title={t("wallet.receipt.none.title")}
          action={<LinkButton to="/">{t("nav.listen")}</LinkButton>}
        >
          {t("wallet.receipt.none.text")}
        </Empty>
      ) : (
        <ul className="mt-6 border-t border-line">
          {items?.map((each) => <Row key={each.sessionId} receipt={each} />) ??
            [0, 1, 2, 3, 4].map((row) => (
              <li key={row} className="ruled py-3">
                <Skeleton className="h-9 w-full" />
              </li>
            ))}
        </ul>
      )}
      {more.has && (
        <Button className="mt-5" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
    </>
  );
}

function Row({ receipt }: { receipt: ReceiptSummary }) {
  const { i18n } = useTranslation();
  const { sessionId, trackTitle, artistName, status, beats, total, settledAt } = receipt;
  const at = new Date(settledAt).toLocaleString(i18n.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li className="ruled">
      <Link
        to="/wallet/receipts/$session"
        params={{ session: sessionId }}
        className="grid min-h-14 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 py-2 -outline-offset-2 hover:bg-bed sm:grid-cols-[minmax(0,1fr)_11rem_4rem_minmax(11rem,auto)]"
      >
        <span className="min-w-0">
          <span className="one-line block font-medium">{trackTitle}</span>
          <span className="one-line block text-13 text-soft">
            {/* A long name leaves no room for what tells two plays of a track apart. */}
            <span className="sm:hidden">{at} · </span>
            {artistName}
          </span>
        </span>
        <span className="hidden text-13 text-soft sm:block">
          <time dateTime={settledAt}>{at}</time>
        </span>
        <Clock ms={beats * 1000} className="hidden text-end text-13 text-soft sm:block" />
        <span className="grid justify-items-end">
          <Mark status={status} className="text-13" />
          {status === "refunded" ? (
            <Paid amount={total} isBack />
          ) : (
            <Moved amount={{ asset: total.asset, amount: `-${total.amount}` }} />
          )}
        </span>
      </Link>
    </li>
  );
}
