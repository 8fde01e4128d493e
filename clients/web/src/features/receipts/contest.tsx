import { ask } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { moneyMoved } from "../wallet/balance.ts";
import type { Receipt } from "./queries.ts";

const Dialog = lazy(() => import("../../ui/dialog.tsx").then((module) => ({ default: module.Dialog })));

/** A session may be contested for so long after its end. */
const WITHIN_MS = 30 * 86_400_000;
const LONGEST = 1000;

/** How a session stands between listener and artist, and the way to contest it. */
export function Contest({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { status, settledAt, total } = receipt;
  if (status === "disputed" || status === "refunded") {
    return (
      <p role="status" className="mt-4 max-w-[66ch] border-s-2 border-edge ps-4 text-soft">
        {t(`wallet.contest.${status}`)}
      </p>
    );
  }
  if (BigInt(total.amount) === 0n || Date.now() - Date.parse(settledAt) > WITHIN_MS) {
    return null;
  }
  return (
    <>
      <p className="mt-4 text-soft">
        {t("wallet.contest.wrong")}{" "}
        <Button kind="plain" className="underline underline-offset-4" onPress={() => setOpen(true)}>
          {t("wallet.contest.open")}
        </Button>
      </p>
      {isOpen && (
        <Suspense fallback={null}>
          <Reason session={receipt.sessionId} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

function Reason({ session, onClose }: { session: string; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const contest = useMutation({
    mutationFn: () =>
      ask(
        server.api.POST("/api/v1/sessions/{id}/dispute", {
          params: { path: { id: session } },
          body: { reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      moneyMoved();
      toast(t("wallet.contest.sent"));
      onClose();
    },
  });
  const send = () => {
    setTried(true);
    if (reason.trim()) {
      contest.mutate();
    }
  };
  return (
    <Dialog
      isOpen
      title={t("wallet.contest.title")}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button kind="primary" busy={contest.isPending} onPress={send}>
            {t("wallet.contest.send")}
          </Button>
        </>
      }
    >
      <p className="mb-4 text-soft">{t("wallet.contest.what")}</p>
      <TextField
        label={t("wallet.contest.reason")}
        lines={4}
        autoFocus
        maxLength={LONGEST}
        value={reason}
        onChange={setReason}
        error={tried && !reason.trim() ? t("wallet.contest.empty") : undefined}
      />
      {contest.error && (
        <p role="alert" className="mt-3 text-rust">
          {messageOf(t, contest.error)}
        </p>
      )}
    </Dialog>
  );
}
