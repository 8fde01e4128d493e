import { ask, type components } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { queryClient } from "../../app/query.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Dispute } from "./dispute-queries.ts";

const Dialog = lazy(() => import("../../ui/dialog.tsx").then((module) => ({ default: module.Dialog })));

/** The longest word to both sides. */
const LONGEST = 1000;

type Resolution = components["schemas"]["Resolution"];

/** Both decisions about a dispute, asked about before they are final; nothing once one was made. */
export function Decide({ dispute: { id, status } }: { dispute: Dispute }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Resolution>();
  const [note, setNote] = useState("");
  const decide = useMutation({
    mutationFn: (resolution: Resolution) =>
      ask(
        server.api.POST("/api/v1/admin/disputes/{id}/resolve", {
          params: { path: { id } },
          body: { resolution, note: note.trim() || null },
        }),
      ),
    onError: (error) => toast(messageOf(t, error)),
    onSettled: () => {
      setAsking(undefined);
      void queryClient.invalidateQueries({ queryKey: ["admin", "disputed-receipt", id] });
      return queryClient.invalidateQueries({ queryKey: ["admin", "disputes"] });
    },
  });
  if (status !== "open") {
    return null;
  }
  return (
    <div className="flex flex-wrap items-start gap-3">
      <Button onPress={() => setAsking("dismiss")}>{t("admin.disputes.dismiss")}</Button>
      <Button kind="danger" onPress={() => setAsking("uphold")}>
        {t("admin.disputes.uphold")}
      </Button>
      {asking && (
        <Suspense fallback={null}>
          <Dialog
            alert
            isOpen
            title={t(`admin.disputes.${asking}_ask`)}
            onClose={() => setAsking(undefined)}
            actions={
              <>
                <Button onPress={() => setAsking(undefined)}>{t("action.cancel")}</Button>
                <Button
                  kind={asking === "uphold" ? "danger" : "primary"}
                  busy={decide.isPending}
                  onPress={() => decide.mutate(asking)}
                >
                  {t(`admin.disputes.${asking}`)}
                </Button>
              </>
            }
          >
            <p className="mb-4 text-soft">{t(`admin.disputes.${asking}_what`)}</p>
            <TextField
              label={t("admin.disputes.note")}
              hint={t("admin.disputes.note_what")}
              lines={3}
              maxLength={LONGEST}
              value={note}
              onChange={setNote}
            />
          </Dialog>
        </Suspense>
      )}
    </div>
  );
}
