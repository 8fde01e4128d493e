import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { type Endless, useEndless } from "../catalogue/endless.ts";
import { asked, narrows, readFilter } from "../catalogue/filter.ts";
import { Filters } from "../catalogue/filters.tsx";
import { GridSkeleton } from "../catalogue/grid.tsx";
import { albumsQuery, artistsQuery, tracksQuery } from "../catalogue/queries.ts";
import { ArtistGrid, ReleaseGrid } from "../catalogue/release-grid.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import type { SearchProps } from "./search.tsx";
import type { Kind } from "./search-search.ts";

/** All that was found of one kind, from page to page, to be narrowed. */
export function OneKind({ kind, search, change }: SearchProps & { kind: Kind }) {
  const { q } = search;
  return (
    <>
      <Filters
        kind={kind}
        filter={readFilter({ ...search })}
        onChange={(filter) => change({ ...(q && { q }), type: kind, ...filter })}
      />
      {kind === "track" && <Tracks search={search} change={change} />}
      {kind === "album" && <Albums search={search} change={change} />}
      {kind === "artist" && <Artists search={search} change={change} />}
    </>
  );
}

function Tracks({ search, change }: SearchProps) {
  const { t } = useTranslation();
  const { q } = search;
  const tracks = useEndless(useInfiniteQuery(tracksQuery({ ...(q && { q }), ...asked(search, "track") })));
  return (
    <Found
      list={tracks}
      kind="track"
      search={search}
      change={change}
      skeleton={<TrackListSkeleton rows={10} />}
    >
      {(items) => (
        <TrackList
          label={t("search.kind.track")}
          tracks={items}
          more={tracks.more}
          source={{ kind: "search", title: q ?? search.genre ?? t("nav.search") }}
          album
        />
      )}
    </Found>
  );
}

function Albums({ search, change }: SearchProps) {
  const { t } = useTranslation();
  const { q } = search;
  const albums = useEndless(useInfiniteQuery(albumsQuery({ ...(q && { q }), ...asked(search, "album") })));
  return (
    <Found list={albums} kind="album" search={search} change={change} skeleton={<GridSkeleton count={12} />}>
      {(items) => <ReleaseGrid label={t("search.kind.album")} releases={items} more={albums.more} />}
    </Found>
  );
}

function Artists({ search, change }: SearchProps) {
  const { t } = useTranslation();
  const { q } = search;
  const artists = useEndless(useInfiniteQuery(artistsQuery({ ...(q && { q }), ...asked(search, "artist") })));
  return (
    <Found
      list={artists}
      kind="artist"
      search={search}
      change={change}
      skeleton={<GridSkeleton count={12} />}
    >
      {(items) => <ArtistGrid label={t("search.kind.artist")} artists={items} more={artists.more} />}
    </Found>
  );
}

interface FoundProps<Item> extends SearchProps {
  list: Endless<Item>;
  kind: Kind;
  skeleton: ReactNode;
  children: (items: readonly Item[]) => ReactNode;
}

function Found<Item>({ list, kind, search, change, skeleton, children }: FoundProps<Item>) {
  const { t } = useTranslation();
  if (list.error) {
    return <Failure error={list.error} retry={list.retry} />;
  }
  if (!list.items) {
    return (
      <div aria-busy="true">
        <p className="sr-only">{t("state.loading")}</p>
        {skeleton}
      </div>
    );
  }
  if (list.items.length > 0) {
    return children(list.items);
  }
  const { q } = search;
  return (
    <Empty
      title={q ? t("search.none", { q }) : t("crate.none_such")}
      action={
        narrows(search, kind) ? (
          <Button onPress={() => change({ ...(q && { q }), type: kind })}>{t("listen.widen")}</Button>
        ) : undefined
      }
    >
      {narrows(search, kind) ? t("search.narrowed") : t("search.none_how")}
    </Empty>
  );
}
