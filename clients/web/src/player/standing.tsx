import { useTranslation } from "react-i18next";
import { cx } from "../ui/class.ts";
import { usePlayer } from "./player.ts";

/** What is the matter, when something is: one line, read out politely. */
export function Standing({ className }: { className?: string }) {
  const { t } = useTranslation();
  const state = usePlayer((player) => player.state);
  const reason = usePlayer((player) => player.reason);
  const preview = usePlayer((player) => player.preview);
  const wrong = state === "failed" || reason === "network";
  const text =
    state === "reconnecting"
      ? t("player.reconnecting")
      : wrong
        ? t(`player.failed.${reason ?? "unsupported"}`)
        : preview
          ? t("player.preview")
          : undefined;
  return (
    <span role="status" className={cx("one-line text-13", wrong ? "text-rust" : "text-soft", className)}>
      {text}
    </span>
  );
}

/** Whether {@link Standing} has something to say. */
export function useStanding(): boolean {
  return usePlayer(
    ({ state, reason, preview }) =>
      state === "reconnecting" || state === "failed" || reason === "network" || preview,
  );
}
