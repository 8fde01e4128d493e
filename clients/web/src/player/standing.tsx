import { money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/me.ts";
import { cx } from "../ui/class.ts";
import { usePaying } from "./paying.ts";
import { usePlayer } from "./player.ts";

/** What is the matter, when something is: one line, read out politely. */
export function Standing({ className }: { className?: string }) {
  const { t } = useTranslation();
  const state = usePlayer((player) => player.state);
  const reason = usePlayer((player) => player.reason);
  const preview = usePlayer((player) => player.preview);
  const me = useMe();
  const paying = usePayingWord();
  const wrong = state === "failed" || (reason === "network" && !paying);
  const text = paying
    ? paying
    : state === "reconnecting"
      ? t("player.reconnecting")
      : wrong
        ? t(`player.failed.${reason ?? "unsupported"}`)
        : preview
          ? t(me ? "player.preview" : "player.preview_log_in")
          : undefined;
  return (
    <span role="status" className={cx("one-line text-13", wrong ? "text-rust" : "text-soft", className)}>
      {text}
    </span>
  );
}

/** Whether {@link Standing} has something to say. */
export function useStanding(): boolean {
  const paying = usePayingWord();
  const standing = usePlayer(
    ({ state, reason, preview }) =>
      state === "reconnecting" || state === "failed" || reason === "network" || preview,
  );
  return standing || paying !== undefined;
}

/** What the matter is with paying for what plays. */
function usePayingWord(): string | undefined {
  const { t } = useTranslation();
  const current = usePlayer((player) => player.current?.id);
  const track = usePaying((paying) => paying.track);
  const halt = usePaying((paying) => paying.halt);
  const stands = usePaying(({ reading }) => reading?.phase === "lost" || reading?.late === true);
  if (!track || track.id !== current) {
    return undefined;
  }
  if (halt === "price") {
    const rate = track.pricePerSecond ? money.exact(track.pricePerSecond) : t("money.free");
    return t("player.paying.halt.price", { rate });
  }
  return halt ? t(`player.paying.halt.${halt}`) : stands ? t("player.paying.stands") : undefined;
}
