import { useTranslation } from "react-i18next";
import { cx } from "../../ui/class.ts";
import { clock } from "../../ui/figures.tsx";
import type { Track } from "../catalogue/queries.ts";

/** That much of a track's file is missing, if so. */
export function CutOff({ track, className }: { track: Track; className: string }) {
  const { t } = useTranslation();
  const { durationMs, promisedMs } = track;
  if (typeof promisedMs !== "number") {
    return null;
  }
  const [found, promised] = [clock(durationMs), clock(promisedMs)];
  return (
    <p className={cx("text-13 text-rust", className)}>{t("studio.tracks.cut_off", { found, promised })}</p>
  );
}
