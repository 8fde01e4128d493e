import { ask } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { moneyMoved } from "../wallet/balance.ts";
import { disputeQuery, type Receipt } from "./queries.ts";
import { standingOf } from "./standing.ts";

const Dialog = lazy(() => import("../../ui/dialog.tsx").then((module) => ({ default: module.Dialog })));

const LONGEST = 1000;

/** How a session stands between listener and artist, and the way to contest it. */
export function Contest({ receipt }: { receipt: Receipt }) {
  const { t, i18n } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data: dispute, isError } = useQuery(disputeQuery(receipt.sessionId));
  // Where it cannot be had the server says, when it is asked, whether it may be contested.
  const standing = standingOf(receipt, isError ? (dispute ?? null) : dispute, Date.now());
  if (standing === "unknown" || standing === "too_late") {
    return null;
  }
  if (standing !== "contestable") {
    const decided = dispute?.resolvedAt;
    return (
      <div role="status" className="mt-4 max-w-[66ch] border-s-2 border-edge ps-4">
        <p className={standing === "refunded" || standing === "refunded_found" ? "text-verdigris" : ""}>
          {t(`wallet.contest.${standing}`)}{" "}
          {decided && (
            <time dateTime={decided}>
              {t("wallet.contest.decided", {
                day: new Date(decided).toLocaleDateString(i18n.language, { dateStyle: "long" }),
              })}
            </time>
          )}
        </p>
        {dispute?.raisedBy === "listener" && (
          <p className="mt-1 text-soft [overflow-wrap:anywhere] whitespace-pre-wrap">
            {t("wallet.contest.you_said", { reason: dispute.reason })}
          </p>
        )}
        {dispute?.note && (
          <p className="mt-1 [overflow-wrap:anywhere] whitespace-pre-wrap">
            {t("wallet.contest.they_said", { note: dispute.note })}
          </p>
        )}
      </div>
    );
  }
  return (
    <>
      <p data-on-screen className="mt-4 text-soft">
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
