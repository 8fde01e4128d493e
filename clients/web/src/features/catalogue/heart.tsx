import { useTranslation } from "react-i18next";
import { IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { toggleLike, useLike } from "./likes.ts";
import type { Track } from "./queries.ts";

/** The listener's heart; filled when it is given. `unliked`: how it looks until then. */
export function Heart({
  track,
  unliked,
  excludeFromTabOrder = false,
}: {
  track: Track;
  unliked?: string;
  excludeFromTabOrder?: boolean;
}) {
  const { t } = useTranslation();
  const { liked } = useLike(track);
  const { title } = track;
  return (
    <IconButton
      icon={liked ? "heart_full" : "heart"}
      label={liked ? t("listen.unlike_of", { title }) : t("listen.like_of", { title })}
      aria-pressed={liked}
      excludeFromTabOrder={excludeFromTabOrder}
      onPress={() => void toggleLike(track)}
      className={cx("max-h-full", liked ? "text-paper" : unliked)}
    />
  );
}
