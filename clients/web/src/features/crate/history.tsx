import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../../player/player.ts";
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
  const { track: now, isPlaying } = useNow();
  const tracks = useMemo(
    () => plays && [...(now ? [now] : []), ...plays.map(({ track }) => track)],
    [plays, now],
  );
  const today = dayOf(Date.now());
  const headingOf = useCallback(
    (index: number) => {
      if (now && index === 0) {
        return isPlaying ? t("crate.playing") : t("crate.paused");
      }
      const day = plays && dayAbove(plays, now ? index - 1 : index);
      const name = day && dayName(day, today, i18n.language);
      return name && (typeof name === "string" ? t(`crate.${name}`) : name.date);
    },
    [plays, now, isPlaying, today, i18n.language, t],
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

/** What is being heard: the server hears of a play when it is over. A pause does not end it. */
function useNow() {
  const current = usePlayer((player) => player.current);
  const isPlaying = usePlayer((player) => player.playing);
  const [heard, setHeard] = useState<string>();
  if (isPlaying && current && heard !== current.id) {
    setHeard(current.id);
  }
  return { track: current?.id === heard ? current : undefined, isPlaying };
}
