import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Skeleton } from "../../ui/state.tsx";
import { dayOf, hasCome, releaseDay } from "../catalogue/dates.ts";
import { LongTitle } from "../catalogue/long-title.tsx";
import { PlayBoth } from "../catalogue/play-both.tsx";
import { PriceLine } from "../catalogue/price.tsx";
import { type Album, albumTracksQuery } from "../catalogue/queries.ts";
import { TitlePage } from "../catalogue/title-page.tsx";

/** The release that the screen opens with. */
export function Lead({ release }: { release: Album }) {
  const { t, i18n } = useTranslation();
  const { data: tracks } = useQuery(albumTracksQuery(release.id));
  const date = release.releaseDate;
  const today = dayOf(Date.now());
  return (
    <TitlePage
      picture={
        <Link to="/r/$release" params={{ release: release.id }} aria-label={release.title} tabIndex={-1}>
          <Sleeve
            src={release.coverUrl}
            title={release.title}
            size={320}
            sizes="(width < 48rem) 62vw, 320px"
            eager
            className="w-full"
          />
        </Link>
      }
    >
      {date && hasCome(date, today) && (
        <p className="text-soft">
          {date === today
            ? t("listen.out_today")
            : t("listen.out_on", { date: releaseDay(date, i18n.language) })}
        </p>
      )}
      <Link to="/r/$release" params={{ release: release.id }} className="hover:underline">
        <LongTitle>{release.title}</LongTitle>
      </Link>
      <Link
        to="/a/$artist"
        params={{ artist: release.artist.id }}
        className="line-clamp-2 justify-self-start text-18 hover:underline"
      >
        {release.artist.name}
      </Link>
      <div className="mt-2 flex flex-wrap items-center gap-4">
        <PlayBoth tracks={tracks} source={{ kind: "release", id: release.id, title: release.title }} />
        {tracks ? (
          <PriceLine tracks={tracks} whole={tracks.length === 1 ? "track" : "release"} />
        ) : (
          <Skeleton className="h-5 w-64" />
        )}
      </div>
    </TitlePage>
  );
}
