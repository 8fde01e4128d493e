import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Count } from "../../ui/figures.tsx";
import { Section, Title } from "../../ui/screen.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { type Endless, useEndless } from "../catalogue/endless.ts";
import { GridSkeleton } from "../catalogue/grid.tsx";
import { LongText } from "../catalogue/long-text.tsx";
import { LongTitle } from "../catalogue/long-title.tsx";
import { PlayBoth } from "../catalogue/play-both.tsx";
import { Portrait } from "../catalogue/portrait.tsx";
import {
  type Album,
  type Artist,
  artistAlbumsQuery,
  artistAppearancesQuery,
  artistQuery,
  artistTracksQuery,
} from "../catalogue/queries.ts";
import { ReleaseGrid } from "../catalogue/release-grid.tsx";
import { share } from "../catalogue/share.ts";
import { TitlePage, TitlePageSkeleton } from "../catalogue/title-page.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { Tip } from "../wallet/tip.tsx";
import { Follow } from "./follow.tsx";
import { Manage } from "./manage.tsx";

const TOP = 5;
/** The order in which an artist's releases are shown. */
const KINDS = ["album", "ep", "single", "compilation"] as const;

/** One artist: what they say, what is heard most, and all that they released. */
export function ArtistScreen({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: artist, error, refetch } = useQuery(artistQuery(id));
  const tracks = useEndless(useInfiniteQuery(artistTracksQuery(id, "plays")));
  const releases = useEndless(useInfiniteQuery(artistAlbumsQuery(id)));
  const appearances = useEndless(useInfiniteQuery(artistAppearancesQuery(id)));
  const top = useMemo(() => tracks.items?.slice(0, TOP), [tracks.items]);
  if (error && !artist) {
    return <Failure screen error={error} retry={() => refetch()} />;
  }
  if (!artist) {
    return (
      <div aria-busy="true">
        <p className="sr-only">{t("state.loading")}</p>
        <TitlePageSkeleton />
        <div className="mt-24">
          <TrackListSkeleton rows={TOP} />
        </div>
      </div>
    );
  }
  const source = { kind: "artist" as const, id, title: artist.displayName };
  const nothing = [releases, tracks, appearances].every(({ items }) => items?.length === 0);
  return (
    <>
      <Title>{artist.displayName}</Title>
      <TitlePage picture={<Portrait artist={artist} size={320} eager className="w-full" />}>
        <p className="text-soft">{artist.genres.slice(0, 4).join(" · ") || t("listen.artist")}</p>
        <LongTitle>{artist.displayName}</LongTitle>
        <Figures artist={artist} />
        <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-3 sm:gap-x-3">
          {tracks.items?.length !== 0 && <PlayBoth tracks={tracks.items} source={source} />}
          <Follow artist={artist} />
          <Tip artist={artist} />
          <Button kind="plain" icon="share" onPress={() => void share(`/a/${id}`, artist.displayName)}>
            {t("listen.share")}
          </Button>
          <Manage artist={artist} />
        </div>
      </TitlePage>
      {artist.bio && (
        <div className="mt-8 text-soft">
          <LongText key={id}>{artist.bio}</LongText>
        </div>
      )}
      {nothing && <Empty title={t("listen.no_releases")} />}
      {top && top.length > 0 && (
        <Section title={t("listen.top_tracks")}>
          <TrackList label={t("listen.top_tracks")} tracks={top} source={source} artist={false} album plays />
        </Section>
      )}
      {releases.items ? (
        <Releases releases={releases} />
      ) : releases.error ? (
        <Failure error={releases.error} retry={releases.retry} />
      ) : (
        <div className="mt-12">
          <GridSkeleton count={4} />
        </div>
      )}
      {appearances.items && appearances.items.length > 0 && (
        <Section title={t("listen.appears_on")}>
          <TrackList label={t("listen.appears_on")} tracks={appearances.items} source={source} album />
          {appearances.more.has && (
            <Button className="mt-8" busy={appearances.more.loading} onPress={appearances.more.load}>
              {t("action.show_more")}
            </Button>
          )}
        </Section>
      )}
    </>
  );
}

function Figures({ artist: { stats } }: { artist: Artist }) {
  const { t } = useTranslation();
  const figures = [
    { label: t("listen.followers", { count: stats.followerCount }), value: stats.followerCount },
    { label: t("listen.plays", { count: stats.totalPlays }), value: stats.totalPlays },
    { label: t("listen.tracks", { count: stats.trackCount }), value: stats.trackCount },
  ];
  return (
    <p className="flex flex-wrap gap-x-5 gap-y-1 text-soft">
      {figures.map(({ label, value }) => (
        <span key={label}>
          <Count value={value} className="text-paper" /> {label}
        </span>
      ))}
    </p>
  );
}

function Releases({ releases }: { releases: Endless<Album> }) {
  const { t } = useTranslation();
  const { items = [], more } = releases;
  return (
    <>
      {KINDS.map((kind) => {
        const ofKind = items.filter((release) => release.kind === kind);
        return (
          ofKind.length > 0 && (
            <Section key={kind} title={t(`listen.kinds.${kind}`)}>
              <ReleaseGrid label={t(`listen.kinds.${kind}`)} releases={ofKind} artist={false} />
            </Section>
          )
        );
      })}
      {more.has && (
        <Button className="mt-8" busy={more.loading} onPress={more.load}>
          {t("action.show_more")}
        </Button>
      )}
    </>
  );
}
