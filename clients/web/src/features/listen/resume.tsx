import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSeconds } from "../../player/clock.ts";
import { usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { clock, Rate } from "../../ui/figures.tsx";
import { Section } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { TrackList } from "../catalogue/track-list.tsx";
import { historyQuery, type NowPlaying } from "./queries.ts";

const SHOWN = 5;

/** What the account heard last; nothing for who has heard nothing yet. */
export function Recent() {
  const { t } = useTranslation();
  const { items } = useEndless(useInfiniteQuery(historyQuery(true)));
  const recent = useMemo(
    () => items?.flatMap(({ track }) => (track ? [track] : [])).slice(0, SHOWN) ?? [],
    [items],
  );
  if (recent.length === 0) {
    return null;
  }
  return (
    <Section
      title={t("listen.recent")}
      more={
        <Link
          to="/crate"
          search={{ tab: "history" }}
          className="flex min-h-11 items-center text-soft hover:text-paper hover:underline"
        >
          {t("listen.history")}
        </Link>
      }
    >
      <TrackList
        label={t("listen.recent")}
        tracks={recent}
        source={{ kind: "tracks", title: t("listen.recent") }}
      />
    </Section>
  );
}

/**
 * Above all else, for it is what most come back for: the track that was left, and how to go on with it. It stays while that
 * plays, so that nothing moves under the finger that pressed it, and gives way to any other that does.
 */
export function Stopped({ now: { track, positionMs } }: { now: NowPlaying }) {
  const { t } = useTranslation();
  const isHere = usePlayer((player) => player.current !== undefined && player.current.id === track?.id);
  const isPlaying = usePlayer((player) => player.playing);
  const seconds = useSeconds();
  // The player knows better than the server, which hears of it now and then.
  const at = isHere ? seconds * 1000 : positionMs;
  if (!track?.available || (isPlaying && !isHere)) {
    return null;
  }
  const goOn = () => {
    const { play, seek, toggle } = usePlayer.getState();
    if (isHere) {
      toggle();
    } else {
      play([track], 0, { kind: "tracks", title: track.title });
      seek(positionMs);
    }
  };
  return (
    // A phone on its side has a line for it.
    <section
      aria-label={t("listen.resume")}
      className="mb-8 border-y border-line py-3 low:mb-4 low:flex low:items-center low:gap-4 low:py-1"
    >
      <p className="mb-2 flex justify-between gap-4 text-13 text-soft low:order-1 low:mb-0">
        <span className="low:hidden">{t("listen.resume")}</span>
        <Rate price={track.pricePerSecond} />
      </p>
      <div className="flex min-w-0 items-center gap-4 low:flex-1">
        <Sleeve
          src={track.coverUrl}
          title={track.album?.title ?? track.title}
          size={64}
          className="w-16 low:w-11"
        />
        <div className="min-w-0 flex-1">
          <p className="line-clamp-2 font-medium [overflow-wrap:anywhere] low:line-clamp-1">{track.title}</p>
          <div className="text-13 text-soft low:flex low:gap-3">
            <p className="one-line">{track.artistCredit ?? track.artist.name}</p>
            <p className={cx("figure", isPlaying && "invisible")}>
              {t("listen.stopped_at", { at: clock(at), of: clock(track.durationMs) })}
            </p>
          </div>
        </div>
        <Button icon={isPlaying ? "pause" : "play"} onPress={goOn}>
          {t(isPlaying ? "player.pause" : "listen.go_on")}
        </Button>
      </div>
    </section>
  );
}
