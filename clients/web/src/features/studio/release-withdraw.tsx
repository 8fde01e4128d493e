import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Switch } from "../../ui/switch.tsx";
import { Dialog } from "./lazy-dialog.tsx";
import type { Album, Track } from "./queries.ts";

/** Asks whether tracks that others hear go out of sight with their release. */
export function AskWithdraw({
  album,
  to,
  open,
  onAnswer,
}: {
  album: Album;
  to: "private" | "unlisted";
  /** The tracks in question. */
  open: readonly Track[];
  /** With those that follow; undefined when nothing is to change. */
  onAnswer: (following: readonly Track[] | undefined) => void;
}) {
  const { t } = useTranslation();
  const [follow, setFollow] = useState(true);
  const count = open.length;
  return (
    <Dialog
      alert
      isOpen
      title={t(`studio.withdraw.ask_${to}`, { title: album.title })}
      onClose={() => onAnswer(undefined)}
      actions={
        <>
          <Button onPress={() => onAnswer(undefined)}>{t("action.cancel")}</Button>
          <Button kind="primary" onPress={() => onAnswer(follow ? open : [])}>
            {t(`studio.withdraw.do_${to}`)}
          </Button>
        </>
      }
    >
      <Switch isSelected={follow} onChange={setFollow}>
        {t("studio.withdraw.tracks_too", { count })}
      </Switch>
      <p className={follow ? "mt-2 text-soft" : "mt-2 text-rust"}>
        {follow ? t(`studio.withdraw.follow_${to}`) : t("studio.withdraw.stay", { count })}
      </p>
    </Dialog>
  );
}
