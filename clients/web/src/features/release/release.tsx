import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Button, LinkButton } from "../../ui/button.tsx";
import { clock } from "../../ui/figures.tsx";
import { Section, Title } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Empty, Failure, Skeleton } from "../../ui/state.tsx";
import { releaseDay } from "../catalogue/dates.ts";
import { LongText } from "../catalogue/long-text.tsx";
import { LongTitle } from "../catalogue/long-title.tsx";
import { PlayBoth } from "../catalogue/play-both.tsx";
import { PriceLine } from "../catalogue/price.tsx";
import { albumQuery, albumTracksQuery, type Track } from "../catalogue/queries.ts";
import { share } from "../catalogue/share.ts";
import { TitlePage, TitlePageSkeleton } from "../catalogue/title-page.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { choosePage, useOwns } from "../studio/pages.ts";
import { ReleaseCredits } from "./release-credits.tsx";

/** One release: its sleeve, its tracks by disc, and who made it. */
export function Release({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const { data: release, error, refetch } = useQuery(albumQuery(id));
  const tracks = useQuery(albumTracksQuery(id));
  const isMine = useOwns(release?.artist.id);
  if (error && !release) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  if (!release) {
    return (
      <div aria-busy="true">
        <p className="sr-only">{t("state.loading")}</p>
        <TitlePageSkeleton />
        <div className="mt-12">
          <TrackListSkeleton rows={8} lead="number" />
        </div>
      </div>
    );
  }
  const about = [
    t(`kind.${release.kind}`),
    release.releaseDate && releaseDay(release.releaseDate, i18n.language),
    release.visibility !== "public" && t(`listen.visibility.${release.visibility}`),
  ].filter(Boolean);
  const source = { kind: "release" as const, id, title: release.title };
  return (
    <>
      <Title>{`${release.title} – ${release.artist.name}`}</Title>
      <TitlePage
        picture={
          <Sleeve
            src={release.coverUrl}
            title={release.title}
            size={320}
            sizes="(width < 48rem) 62vw, 320px"
            eager
            className="w-full"
          />
        }
      >
        <p className="text-soft">{about.join(" · ")}</p>
        <LongTitle>{release.title}</LongTitle>
        <Link
          to="/a/$artist"
          params={{ artist: release.artist.id }}
          className="line-clamp-3 justify-self-start text-18 hover:underline"
        >
          {release.artist.name}
        </Link>
        <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-3 sm:gap-x-3">
          <PlayBoth tracks={tracks.data} source={source} />
          <Button kind="plain" icon="share" onPress={() => void share(`/r/${id}`, release.title)}>
            {t("listen.share")}
          </Button>
          {isMine && (
            <LinkButton
              to="/studio/releases/$release"
              params={{ release: id }}
              kind="plain"
              icon="edit"
              onClick={() => choosePage(release.artist.id)}
            >
              {t("listen.edit")}
            </LinkButton>
          )}
        </div>
        {tracks.data ? (
          <PriceLine tracks={tracks.data} whole={tracks.data.length === 1 ? "track" : "release"} />
        ) : (
          <Skeleton className="h-5 w-64" />
        )}
      </TitlePage>
      <div className="mt-10">
        {tracks.data ? (
          <Discs tracks={tracks.data} source={source} />
        ) : tracks.isLoadingError ? (
          <Failure error={tracks.error} retry={() => tracks.refetch()} />
        ) : (
          <TrackListSkeleton rows={Math.min(12, release.trackCount)} lead="number" />
        )}
      </div>
      <p className="mt-4 text-13 text-soft">
        {t("count.tracks", { count: release.trackCount })}
        {" · "}
        <span className="figure">{clock(release.durationMs)}</span>
        {release.genres.length > 0 && " · "}
        {release.genres.map((genre, at) => (
          <span key={genre}>
            {at > 0 && ", "}
            <Link
              to="/search"
              search={{ type: "album", genre }}
              className="underline decoration-line underline-offset-4 hover:text-paper"
            >
              {genre}
            </Link>
          </span>
        ))}
      </p>
      {release.description && (
        <Section title={t("listen.about")}>
          <LongText>{release.description}</LongText>
        </Section>
      )}
      {tracks.data && tracks.data.length > 0 && <ReleaseCredits tracks={tracks.data} />}
    </>
  );
}

type ReleaseSource = Parameters<typeof TrackList>[0]["source"];

function Discs({ tracks, source }: { tracks: readonly Track[]; source: ReleaseSource }) {
  const { t } = useTranslation();
  const several = tracks.some((track) => track.discNo !== tracks[0]?.discNo);
  const headingOf = useCallback(
    (index: number) => {
      const disc = tracks[index]?.discNo;
      return disc !== undefined && disc !== tracks[index - 1]?.discNo
        ? t("listen.disc", { number: disc })
        : undefined;
    },
    [tracks, t],
  );
  // A compilation names the artist of each; elsewhere it is the artist of all.
  const mixed = tracks.some((track) => track.artistCredit || track.artist.id !== tracks[0]?.artist.id);
  if (tracks.length === 0) {
    return <Empty title={t("listen.no_tracks")} />;
  }
  return (
    <TrackList
      label={t("listen.tracks_of", { title: source.title })}
      tracks={tracks}
      source={source}
      lead="number"
      artist={mixed}
      plays
      {...(several ? { headingOf } : {})}
    />
  );
}
