import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { likesQuery } from "../catalogue/queries.ts";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { Mine } from "./mine.tsx";

/** What the listener likes, the latest first. */
export function Likes() {
  const { t } = useTranslation();
  return (
    <Mine title={t("crate.likes_log_in")} tab="likes">
      <Liked />
    </Mine>
  );
}

function Liked() {
  const { t } = useTranslation();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(likesQuery));
  if (error) {
    return <Failure error={error} retry={retry} />;
  }
  if (!items) {
    return <TrackListSkeleton rows={10} />;
  }
  if (items.length === 0) {
    return (
      <Empty title={t("crate.no_likes")} action={<LinkButton to="/">{t("nav.listen")}</LinkButton>}>
        {t("crate.no_likes_how")}
      </Empty>
    );
  }
  return (
    <TrackList
      label={t("crate.tab.likes")}
      tracks={items}
      more={more}
      source={{ kind: "crate", title: t("crate.tab.likes") }}
      album
    />
  );
}
