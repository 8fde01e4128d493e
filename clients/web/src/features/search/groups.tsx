import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/screen.tsx";
import { Failure, Skeleton } from "../../ui/state.tsx";
import { GridSkeleton } from "../catalogue/grid.tsx";
import { ArtistGrid, ReleaseGrid } from "../catalogue/release-grid.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import { Best } from "./best.tsx";
import { NoMatch } from "./no-match.tsx";
import { bestOf, searchQuery } from "./queries.ts";
import type { Kind, SearchSearch } from "./search-search.ts";
import { Genres } from "./start.tsx";

interface GroupsProps {
  q: string;
  change: (search: SearchSearch) => void;
  choose: (q: string) => void;
}

/** The best of every kind, the best of all in front. */
export function Groups({ q, change, choose }: GroupsProps) {
  const { t } = useTranslation();
  const { data, error, refetch, isPlaceholderData } = useQuery(searchQuery(q));
  if (error && !data) {
    return <Failure error={error} retry={() => refetch()} />;
  }
  if (!data) {
    return (
      <div aria-busy="true">
        <p className="sr-only">{t("state.loading")}</p>
        <Skeleton className="h-32 w-full max-w-sm" />
        <Skeleton className="mt-12 mb-5 h-7 w-32" />
        <TrackListSkeleton rows={5} />
        <div className="mt-14">
          <GridSkeleton count={6} />
        </div>
      </div>
    );
  }
  const { tracks, albums, artists, genres } = data;
  const count = tracks.items.length + albums.items.length + artists.items.length + genres.items.length;
  const best = bestOf(data);
  const all = (kind: Kind) => (
    <Button kind="plain" className="-me-3" onPress={() => change({ q, type: kind })}>
      {t(`search.all_of.${kind}`)}
    </Button>
  );
  return (
    <div aria-busy={isPlaceholderData}>
      <p role="status" className="sr-only">
        {isPlaceholderData ? "" : t("search.found", { count })}
      </p>
      {count === 0 ? (
        !isPlaceholderData && <NoMatch q={q} choose={choose} />
      ) : (
        <>
          {best && <Best {...best} />}
          {tracks.items.length > 0 && (
            <Section title={t("search.kind.track")} more={all("track")} className="mt-8">
              <TrackList
                label={t("search.kind.track")}
                tracks={tracks.items}
                source={{ kind: "search", title: q }}
                album
              />
            </Section>
          )}
          {albums.items.length > 0 && (
            <Section title={t("search.kind.album")} more={all("album")}>
              <ReleaseGrid label={t("search.kind.album")} releases={albums.items} />
            </Section>
          )}
          {artists.items.length > 0 && (
            <Section title={t("search.kind.artist")} more={all("artist")}>
              <ArtistGrid label={t("search.kind.artist")} artists={artists.items} />
            </Section>
          )}
          {genres.items.length > 0 && (
            <Section title={t("search.genres")}>
              <Genres names={genres.items.map(({ name }) => name)} />
            </Section>
          )}
        </>
      )}
    </div>
  );
}
