import { type ChangeEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button, LinkButton } from "../../ui/button.tsx";
import { ReceiptPaper } from "./paper.tsx";
import { Proof } from "./proof.tsx";
import type { Receipt } from "./queries.ts";

/** No receipt is larger: a session of a day has some thousand entries. */
const MOST_BYTES = 8_000_000;

/** Checks a receipt that somebody kept, or was given, as a file. It goes nowhere. */
export function CheckFile() {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<{ receipt: Receipt } | "no_receipt">();
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    target.value = "";
    if (file) {
      const receipt = file.size <= MOST_BYTES ? read(await file.text()) : undefined;
      setFound(receipt ? { receipt } : "no_receipt");
    }
  };
  return (
    <div className="mt-4">
      <input
        ref={input}
        id={id}
        type="file"
        accept=".json,application/json"
        aria-label={t("wallet.proof.file")}
        className="hidden"
        onChange={(event) => void take(event)}
      />
      <Button icon="shield" onPress={() => input.current?.click()}>
        {t("wallet.proof.file")}
      </Button>
      {found === "no_receipt" && (
        <p role="alert" className="mt-3 text-rust">
          {t("wallet.proof.no_receipt")}
        </p>
      )}
      {found && found !== "no_receipt" && (
        <section aria-label={t("wallet.proof.of_file")} className="mt-6 border-y border-line py-6">
          <h2 className="text-22 font-semibold [overflow-wrap:anywhere]">{found.receipt.trackTitle}</h2>
          <p className="text-soft">{found.receipt.artistName}</p>
          <div className="mt-4 grid gap-8">
            {/* Whether it is true goes before what it says. */}
            <Proof receipt={found.receipt} />
            <Since receipt={found.receipt} />
            <ReceiptPaper receipt={found.receipt} />
          </div>
          <Button className="mt-5" onPress={() => setFound(undefined)}>
            {t("action.close")}
          </Button>
        </section>
      )}
    </div>
  );
}

/** What became of it since, this server knows of what is the reader's own. */
function Since({ receipt: { sessionId } }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className="flex max-w-[40rem] flex-wrap items-center justify-between gap-3">
      <p className="text-soft">{t("wallet.proof.since")}</p>
      {me && (
        <LinkButton to="/wallet/receipts/$session" params={{ session: sessionId }}>
          {t("wallet.proof.now")}
        </LinkButton>
      )}
    </div>
  );
}

function read(text: string): Receipt | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isReceipt(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What is shown of a receipt is there; whether it is true, its proof says. */
function isReceipt(value: unknown): value is Receipt {
  const has = (of: unknown, fields: Readonly<Record<string, "string" | "number" | "object">>) =>
    typeof of === "object" &&
    of !== null &&
    Object.entries(fields).every(([name, type]) => typeof Reflect.get(of, name) === type);
  const isAmount = (of: unknown) =>
    has(of, { asset: "string", amount: "string" }) && /^-?\d{1,19}$/.test(Reflect.get(Object(of), "amount"));
  if (
    !has(value, { trackTitle: "string", artistName: "string", sessionId: "string", status: "string" }) ||
    !has(value, { startedAt: "string", settledAt: "string", seconds: "number", beats: "number" }) ||
    !has(value, { platformFeeBp: "number", issuer: "string", sessionKey: "string", voucher: "object" })
  ) {
    return false;
  }
  const part = (name: string): unknown => Reflect.get(Object(value), name);
  const [shares, entries] = [part("shares"), part("entries")];
  return (
    ["pricePerSecond", "total", "fee"].every((name) => isAmount(part(name))) &&
    Array.isArray(shares) &&
    shares.every((share) => has(share, { artistName: "string" }) && isAmount(Reflect.get(share, "amount"))) &&
    Array.isArray(entries) &&
    entries.every((entry) => has(entry, { key: "string", batch: "number" }))
  );
}
