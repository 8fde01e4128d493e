import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Icon } from "../../ui/icons.tsx";
import { Heading, Section, Title } from "../../ui/screen.tsx";
import { Mark } from "./mark.tsx";
import { Paid } from "./paid.tsx";
import { ReceiptPaper } from "./paper.tsx";
import { Proof } from "./proof.tsx";
import type { Receipt } from "./queries.ts";
import { saveReceipt } from "./save.ts";

/** A title of more letters is set smaller. */
const LONG = 60;

/** All that a receipt says and proves; `children` are about how it stands between the two sides. */
export function WholeReceipt({ receipt, children }: { receipt: Receipt; children: ReactNode }) {
  const { t } = useTranslation();
  const { trackId, trackTitle, artistName, total, status } = receipt;
  return (
    <>
      <Title>{t("wallet.receipt.title", { title: trackTitle })}</Title>
      <p className="hidden text-soft print:block">{t("player.paying.receipt")}</p>
      <div className="mt-2 flex max-w-[40rem] flex-wrap items-end justify-between gap-x-8 gap-y-4 print:max-w-none">
        <div className="min-w-0">
          <Heading
            className={cx(
              "display [overflow-wrap:anywhere]",
              trackTitle.length > LONG ? "text-22 leading-[1.2]" : "text-32",
            )}
          >
            {trackTitle}
          </Heading>
          <p className="mt-2 text-18 text-soft">{artistName}</p>
        </div>
        <p className="text-22">
          <Mark status={status} className="me-3" />
          <Paid amount={total} isBack={status === "refunded"} className="text-amber" />
        </p>
      </div>
      {children}
      <div data-on-screen className="mt-6 flex flex-wrap gap-3">
        <Button icon="upload" className="[&_svg]:rotate-180" onPress={() => saveReceipt(receipt)}>
          {t("wallet.receipt.save")}
        </Button>
        <Button icon="print" onPress={() => window.print()}>
          {t("wallet.receipt.print")}
        </Button>
        <LinkButton to="/t/$track" params={{ track: trackId }}>
          {t("wallet.receipt.track")}
        </LinkButton>
      </div>
      <Section title={t("wallet.receipt.says")} className="mt-8 print:mt-4">
        <ReceiptPaper receipt={receipt} />
      </Section>
      <Section title={t("wallet.proof.title")} className="print:mt-4">
        <Proof receipt={receipt} />
        <Details receipt={receipt} />
        <Traces receipt={receipt} />
      </Section>
    </>
  );
}

/** The proofs themselves, for who wants to check them by other means. */
function Details({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const { sessionId, issuer, sessionKey, payee, voucher, hash, signature, entries } = receipt;
  return (
    <details data-on-screen className="group mt-6 max-w-[40rem]">
      <summary className="flex min-h-11 cursor-pointer list-none items-center gap-3 font-medium">
        <Icon name="down" size={16} className="-rotate-90 group-open:rotate-0 rtl:rotate-90" />
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

/** On paper: what leads from it back to the receipt that the server signed. */
function Traces({ receipt: { sessionId, hash } }: { receipt: Receipt }) {
  const { t } = useTranslation();
  return (
    <dl className="mt-4 hidden gap-2 text-13 print:grid">
      <Digits name={t("wallet.proof.server")}>{location.host}</Digits>
      <Digits name={t("wallet.proof.session")}>{sessionId}</Digits>
      <Digits name={t("wallet.proof.hash")}>{hash}</Digits>
    </dl>
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
