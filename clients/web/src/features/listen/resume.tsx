import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { clock, Rate } from "../../ui/figures.tsx";
import { Section } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { useEndless } from "../catalogue/endless.ts";
import type { Track } from "../catalogue/queries.ts";
import { TrackList } from "../catalogue/track-list.tsx";
import { historyQuery, nowPlayingQuery } from "./queries.ts";

const SHOWN = 5;

/** For an account: what it heard last, and how to go on with that. Nothing for who has heard nothing yet. */
export function Resume() {
  const { t } = useTranslation();
  const { data: now } = useQuery(nowPlayingQuery);
  const { items } = useEndless(useInfiniteQuery(historyQuery(true)));
  const current = usePlayer((player) => player.current?.id);
  const recent = useMemo(
    () => items?.flatMap(({ track }) => (track ? [track] : [])).slice(0, SHOWN) ?? [],
    [items],
  );
  const track = now?.track;
  const stopped = track && track.id !== current && track.available ? track : undefined;
  if (!stopped && recent.length === 0) {
    return null;
  }
  return (
    <Section
      title={t("listen.resume")}
      more={
        <Link to="/crate" search={{ tab: "history" }} className="text-soft hover:text-paper hover:underline">
          {t("listen.history")}
        </Link>
      }
    >
      {stopped && <Stopped track={stopped} positionMs={now?.positionMs ?? 0} />}
      {recent.length > 0 && (
        <TrackList
          label={t("listen.recent")}
          tracks={recent}
          source={{ kind: "tracks", title: t("listen.recent") }}
        />
      )}
    </Section>
  );
}

function Stopped({ track, positionMs }: { track: Track; positionMs: number }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center gap-4 border-t border-line py-4">
      <Sleeve src={track.coverUrl} title={track.album?.title ?? track.title} size={64} className="w-16" />
      <div className="min-w-0 flex-1">
        <p className="one-line font-medium">{track.title}</p>
        <p className="one-line text-13 text-soft">
          {track.artistCredit ?? track.artist.name}
          {" · "}
          <span className="figure">
            {t("listen.stopped_at", { at: clock(positionMs), of: clock(track.durationMs) })}
          </span>
        </p>
      </div>
      <Rate price={track.pricePerSecond} className="text-13" />
      <Button
        icon="play"
        onPress={() => {
          const { play, seek } = usePlayer.getState();
          play([track], 0, { kind: "tracks", title: track.title });
          seek(positionMs);
        }}
      >
        {t("listen.go_on")}
      </Button>
    </div>
  );
}
