import { ApiError } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Heading, Section, Title } from "../../ui/screen.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { Sum } from "../wallet/sum.tsx";
import { Contest } from "./contest.tsx";
import { ReceiptPaper } from "./paper.tsx";
import { Proof } from "./proof.tsx";
import { type Receipt, receiptQuery } from "./queries.ts";
import { saveReceipt } from "./save.ts";

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
  if (error) {
    return <Failure screen error={error} retry={() => void refetch()} />;
  }
  return (
    <>
      <Link
        to="/wallet/receipts"
        className="mt-4 inline-flex min-h-11 items-center gap-1 text-soft hover:text-paper"
      >
        <Icon name="back" size={16} /> {t("wallet.nav.receipts")}
      </Link>
      {data ? <Whole receipt={data} /> : <Skeleton className="mt-4 h-96 w-full max-w-[40rem]" />}
    </>
  );
}

function Whole({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const { trackId, trackTitle, artistName, total } = receipt;
  return (
    <>
      <Title>{t("wallet.receipt.title", { title: trackTitle })}</Title>
      <div className="mt-2 flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
        <div className="min-w-0">
          <Heading className="display text-32 [overflow-wrap:anywhere]">{trackTitle}</Heading>
          <p className="mt-2 text-18 text-soft">{artistName}</p>
        </div>
        <Sum amount={total} className="text-22 text-amber" />
      </div>
      <Contest receipt={receipt} />
      <div className="mt-6 flex flex-wrap gap-3">
        <Button icon="upload" className="[&_svg]:rotate-180" onPress={() => saveReceipt(receipt)}>
          {t("wallet.receipt.save")}
        </Button>
        <LinkButton to="/t/$track" params={{ track: trackId }}>
          {t("wallet.receipt.track")}
        </LinkButton>
      </div>
      <Section title={t("wallet.receipt.says")} className="mt-8">
        <ReceiptPaper receipt={receipt} />
      </Section>
      <Section title={t("wallet.proof.title")}>
        <Proof receipt={receipt} />
        <Details receipt={receipt} />
      </Section>
    </>
  );
}

/** The proofs themselves, for who wants to check them by other means. */
function Details({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const { sessionId, issuer, sessionKey, payee, voucher, hash, signature, entries } = receipt;
  return (
    <details className="mt-6 max-w-[40rem]">
      <summary className="flex min-h-11 cursor-pointer items-center font-medium">
        {t("wallet.proof.details")}
      </summary>
      <dl className="grid gap-3 text-13">
        <Digits name={t("wallet.proof.session")}>{sessionId}</Digits>
        <Digits name={t("wallet.proof.issuer")}>{issuer}</Digits>
        <Digits name={t("wallet.proof.key")}>{sessionKey}</Digits>
        <Digits name={t("wallet.proof.payee")}>{payee}</Digits>
        {voucher && (
          <Digits name={t("wallet.proof.voucher", { beats: voucher.beats })}>{voucher.signature}</Digits>
        )}
        <Digits name={t("wallet.proof.hash")}>{hash}</Digits>
        <Digits name={t("wallet.proof.signature")}>{signature}</Digits>
        {entries.map((entry) => (
          <Digits
            key={entry.key}
            name={t("wallet.proof.entry", { batch: entry.batch, at: entry.index + 1, size: entry.batchSize })}
          >
            {entry.key}
            <br />
            {entry.batchRoot}
          </Digits>
        ))}
      </dl>
    </details>
  );
}

function Digits({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-soft">{name}</dt>
      <dd className="font-mono break-all">{children}</dd>
    </div>
  );
}
