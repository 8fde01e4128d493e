import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LinkButton } from "../../ui/button.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { dayOf } from "../catalogue/dates.ts";
import { useEndless } from "../catalogue/endless.ts";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { historyQuery } from "../listen/queries.ts";
import { dayAbove, dayName } from "./days.ts";
import { Mine } from "./mine.tsx";

/** What the listener heard, by day. */
export function History() {
  const { t } = useTranslation();
  return (
    <Mine title={t("crate.history_log_in")} tab="history">
      <Plays />
    </Mine>
  );
}

function Plays() {
  const { t, i18n } = useTranslation();
  const { items, error, retry, more } = useEndless(useInfiniteQuery(historyQuery(false)));
  // A track that is gone leaves a play without a name: there is nothing to show of it.
  const plays = useMemo(
    () => items?.flatMap((play) => (play.track ? [{ ...play, track: play.track }] : [])),
    [items],
  );
  const tracks = useMemo(() => plays?.map(({ track }) => track), [plays]);
  const today = dayOf(Date.now());
  const headingOf = useCallback(
    (index: number) => {
      const day = plays && dayAbove(plays, index);
      const name = day && dayName(day, today, i18n.language);
      return name && (typeof name === "string" ? t(`crate.${name}`) : name.date);
    },
    [plays, today, i18n.language, t],
  );
  if (error) {
    return <Failure error={error} retry={retry} />;
  }
  if (!tracks) {
    return <TrackListSkeleton rows={10} />;
  }
  if (tracks.length === 0) {
    return (
      <Empty title={t("crate.no_history")} action={<LinkButton to="/">{t("nav.listen")}</LinkButton>}>
        {t("crate.no_history_how")}
      </Empty>
    );
  }
  return (
    <TrackList
      label={t("listen.history")}
      tracks={tracks}
      more={more}
      source={{ kind: "tracks", title: t("listen.history") }}
      headingOf={headingOf}
      album
    />
  );
}
