import { useTranslation } from "react-i18next";
import { IconButton, RowButton } from "../../ui/button.tsx";
import { toggleLike, useLike } from "./likes.ts";
import type { Track } from "./queries.ts";

/** The listener's heart; filled when it is given. */
export function Heart({ track }: { track: Track }) {
  const { liked, looks } = useHeart(track);
  return (
    <IconButton
      {...looks}
      onPress={() => void toggleLike(track)}
      className={liked ? "max-h-full text-paper" : "max-h-full"}
    />
  );
}

/** The same in a row of a list; until it is given it shows only where one points at the row or is in it. */
export function RowHeart({ track }: { track: Track }) {
  const { liked, looks } = useHeart(track);
  return (
    <RowButton
      {...looks}
      onClick={() => void toggleLike(track)}
      className={
        liked
          ? "text-paper"
          : "opacity-0 group-hover:opacity-100 focus-shown:opacity-100 group-focus-within:opacity-100 pointer-coarse:opacity-100"
      }
    />
  );
}

function useHeart(track: Track) {
  const { t } = useTranslation();
  const { liked } = useLike(track);
  const { title } = track;
  const label = liked ? t("listen.unlike_of", { title }) : t("listen.like_of", { title });
  return { liked, looks: { icon: liked ? "heart_full" : "heart", label, "aria-pressed": liked } as const };
}
