import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button } from "../../ui/button.tsx";
import { Count, clock } from "../../ui/figures.tsx";
import { Section, Title } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { Credits, Splits } from "../catalogue/credits.tsx";
import { releaseDay } from "../catalogue/dates.ts";
import { useEndless } from "../catalogue/endless.ts";
import { toggleLike, useLike } from "../catalogue/likes.ts";
import { LongTitle } from "../catalogue/long-title.tsx";
import { PlayBoth } from "../catalogue/play-both.tsx";
import { PriceLine } from "../catalogue/price.tsx";
import { artistTracksQuery, splitQuery, type Track, trackQuery } from "../catalogue/queries.ts";
import { share } from "../catalogue/share.ts";
import { TitlePage, TitlePageSkeleton } from "../catalogue/title-page.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { Explicit } from "../catalogue/track-row.tsx";
import { TrackTape } from "./track-tape.tsx";

const MORE = 5;

/** One recording: what it costs, who made it, and who is paid. */
export function TrackScreen({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const { data: track, error, refetch } = useQuery(trackQuery(id));
  if (error && !track) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  if (!track) {
    return (
      <div aria-busy="true">
        <p className="sr-only">{t("state.loading")}</p>
        <TitlePageSkeleton />
      </div>
    );
  }
  const artist = track.artistCredit ?? track.artist.name;
  return (
    <>
      <Title>{`${track.title} – ${artist}`}</Title>
      <TitlePage
        picture={
          <Sleeve
            src={track.coverUrl}
            title={track.album?.title ?? track.title}
            size={320}
            sizes="(width < 48rem) 62vw, 320px"
            eager
            className="w-full"
          />
        }
      >
        <p className="flex items-center gap-2 text-soft">
          {track.releaseDate ? releaseDay(track.releaseDate, i18n.language) : t("listen.track")}
          {track.explicit && <Explicit />}
        </p>
        <LongTitle>{track.title}</LongTitle>
        <p className="line-clamp-3 text-18">
          <Link to="/a/$artist" params={{ artist: track.artist.id }} className="hover:underline">
            {artist}
          </Link>
        </p>
        {track.album && (
          <p className="-mt-2 line-clamp-3 text-soft">
            <Link
              to="/r/$release"
              params={{ release: track.album.id }}
              className="hover:text-paper hover:underline"
            >
              {track.album.title}
            </Link>
          </p>
        )}
        <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-3 sm:gap-x-3">
          <PlayBoth tracks={[track]} source={{ kind: "tracks", title: track.title }} />
          <LikeButton track={track} />
          <Button kind="plain" icon="share" onPress={() => void share(`/t/${id}`, track.title)}>
            {t("listen.share")}
          </Button>
        </div>
        {track.available ? (
          <PriceLine tracks={[track]} whole="track" />
        ) : (
          <p className="text-13 text-soft">{t("listen.unavailable")}</p>
        )}
      </TitlePage>
      <div className="mt-8">
        <TrackTape track={track} />
      </div>
      <Facts track={track} />
      {track.credits.length > 0 && (
        <Section title={t("listen.credits")}>
          <Credits credits={track.credits} />
        </Section>
      )}
      <WhoIsPaid id={id} />
      <MoreBy track={track} />
    </>
  );
}

function LikeButton({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { liked, likeCount } = useLike(track);
  return (
    <Button
      icon={liked ? "heart_full" : "heart"}
      aria-pressed={liked}
      aria-label={liked ? t("listen.unlike") : t("listen.like")}
      onPress={() => void toggleLike(track)}
    >
      {likeCount > 0 ? <Count value={likeCount} /> : t("listen.like")}
    </Button>
  );
}

function Facts({ track }: { track: Track }) {
  const { t } = useTranslation();
  return (
    <p className="mt-4 text-13 text-soft">
      <span className="figure">{clock(track.durationMs)}</span>
      {" · "}
      {t("count.plays", { count: track.playCount })}
      {track.genres.map((genre) => (
        <span key={genre}>
          {" · "}
          <Link
            to="/search"
            search={{ type: "track", genre }}
            className="underline decoration-line underline-offset-4 hover:text-paper"
          >
            {genre}
          </Link>
        </span>
      ))}
      {track.isrc && (
        <>
          {" · ISRC "}
          <span className="figure">{track.isrc}</span>
        </>
      )}
    </p>
  );
}

/** The managers of the artist's page see who is paid; nobody else is told. */
function WhoIsPaid({ id }: { id: string }) {
  const { t } = useTranslation();
  const manages = Boolean(useMe()?.artistStats);
  const { data: split, isPending } = useQuery({ ...splitQuery(id), enabled: manages });
  if (!manages || (!isPending && !split?.shares.length)) {
    return null;
  }
  return (
    <Section title={t("listen.splits")}>
      {split ? <Splits split={split} /> : <Skeleton className="h-11 w-full" />}
    </Section>
  );
}

function MoreBy({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { items } = useEndless(useInfiniteQuery(artistTracksQuery(track.artist.id, "plays")));
  const others = useMemo(
    () => items?.filter((each) => each.id !== track.id).slice(0, MORE) ?? [],
    [items, track.id],
  );
  const title = t("listen.more_by", { name: track.artist.name });
  if (others.length === 0) {
    return null;
  }
  return (
    <Section title={title}>
      <TrackList
        label={title}
        tracks={others}
        source={{ kind: "artist", id: track.artist.id, title: track.artist.name }}
        artist={false}
        album
      />
    </Section>
  );
}
