import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { meQuery } from "../../app/me.ts";
import { isWritten } from "../../app/written.ts";
import { Heading, Section, Title } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { useEndless } from "../catalogue/endless.ts";
import { GridSkeleton } from "../catalogue/grid.tsx";
import { ReleaseGrid } from "../catalogue/release-grid.tsx";
import { TitlePageSkeleton } from "../catalogue/title-page.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { Lead } from "./lead.tsx";
import { NothingYet } from "./nothing.tsx";
import { newReleasesQuery, newTracksQuery, nowPlayingQuery } from "./queries.ts";
import { Recent, Stopped } from "./resume.tsx";

const SHOWN = 8;
/** Full lines of sleeves, however many of the usual numbers stand beside each other. */
const SLEEVES = 12;

/** The screen that the app opens with: something to play, at once. */
export function Listen() {
  const { t } = useTranslation();
  const { data: me, isPending: isUnknown } = useQuery(meQuery);
  const now = useQuery({ ...nowPlayingQuery, enabled: Boolean(me) });
  const releases = useEndless(useInfiniteQuery(newReleasesQuery));
  const tracks = useEndless(useInfiniteQuery(newTracksQuery));
  const newest = useMemo(() => tracks.items?.slice(0, SHOWN), [tracks.items]);
  const error = releases.error ?? tracks.error;
  const [lead, ...others] = releases.items ?? [];

  if (error) {
    return <Failure screen error={error} retry={releases.error ? releases.retry : tracks.retry} />;
  }
  // What stands above the rest comes with it, for else it would push the rest down. A visitor has nothing there.
  const isStopComing = !isWritten && (isUnknown || (me && now.isPending));
  if (!releases.items || !newest || isStopComing) {
    return <Waiting />;
  }
  if (!lead && newest.length === 0) {
    return <NothingYet />;
  }
  return (
    <>
      <Title>{t("nav.listen")}</Title>
      {me && now.data && <Stopped now={now.data} />}
      {lead ? <Lead release={lead} /> : <Heading className="display text-48">{t("nav.listen")}</Heading>}
      {me && <Recent />}
      {others.length > 0 && (
        <Section title={t("listen.new_releases")} more={<AllOf tab="albums" />}>
          <ReleaseGrid label={t("listen.new_releases")} releases={others.slice(0, SLEEVES)} />
        </Section>
      )}
      {newest.length > 0 && (
        <Section title={t("listen.new_tracks")} more={<AllOf tab="tracks" />}>
          <TrackList
            label={t("listen.new_tracks")}
            tracks={newest}
            source={{ kind: "tracks", title: t("listen.new_tracks") }}
          />
        </Section>
      )}
    </>
  );
}

function AllOf({ tab }: { tab: "tracks" | "albums" }) {
  const { t } = useTranslation();
  return (
    <Link
      to="/crate"
      search={{ tab }}
      className="flex min-h-11 items-center text-soft hover:text-paper hover:underline"
    >
      {tab === "tracks" ? t("listen.all_tracks") : t("listen.all_releases")}
    </Link>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div aria-busy="true">
      <Title>{t("nav.listen")}</Title>
      <p className="sr-only">{t("state.loading")}</p>
      <TitlePageSkeleton />
      <Skeleton className="mt-14 mb-6 h-7 w-56" />
      <GridSkeleton count={SLEEVES} />
      <Skeleton className="mt-14 mb-6 h-7 w-56" />
      <TrackListSkeleton rows={SHOWN} />
    </div>
  );
}
