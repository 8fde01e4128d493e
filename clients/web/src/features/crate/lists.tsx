import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../../app/me.ts";
import { Button, IconButton, LinkButton } from "../../ui/button.tsx";
import { Select } from "../../ui/select.tsx";
import { Empty, Failure } from "../../ui/state.tsx";
import { Switch } from "../../ui/switch.tsx";
import { type Endless, useEndless } from "../catalogue/endless.ts";
import { asked, narrows, readFilter } from "../catalogue/filter.ts";
import { Filters } from "../catalogue/filters.tsx";
import { GridSkeleton } from "../catalogue/grid.tsx";
import { albumsQuery, artistsQuery, followingQuery, tracksQuery } from "../catalogue/queries.ts";
import { ArtistGrid, ReleaseGrid } from "../catalogue/release-grid.tsx";
import { TrackList } from "../catalogue/track-list.tsx";
import { TrackListSkeleton } from "../catalogue/track-skeleton.tsx";
import type { CrateProps } from "./crate.tsx";
import { type CrateSearch, SORTS, usualOrder } from "./crate-search.ts";

export function CrateAlbums({ search, change }: CrateProps) {
  const { t } = useTranslation();
  const sort = search.sort ?? "released";
  const order = search.order ?? usualOrder(sort);
  const albums = useEndless(useInfiniteQuery(albumsQuery({ ...asked(search, "album"), sort, order })));
  return (
    <>
      <CrateFilters kind="album" search={search} change={change} />
      <Listed
        list={albums}
        skeleton={<GridSkeleton count={12} />}
        search={search}
        change={change}
        kind="album"
      >
        {(items) => <ReleaseGrid label={t("crate.tab.albums")} releases={items} more={albums.more} />}
      </Listed>
    </>
  );
}

export function CrateTracks({ search, change }: CrateProps) {
  const { t } = useTranslation();
  const sort = search.sort ?? "released";
  const order = search.order ?? usualOrder(sort);
  const tracks = useEndless(useInfiniteQuery(tracksQuery({ ...asked(search, "track"), sort, order })));
  return (
    <>
      <CrateFilters kind="track" search={search} change={change} />
      <Listed
        list={tracks}
        skeleton={<TrackListSkeleton rows={14} />}
        search={search}
        change={change}
        kind="track"
      >
        {(items) => (
          <TrackList
            label={t("crate.tab.tracks")}
            tracks={items}
            more={tracks.more}
            source={{ kind: "crate", title: t("nav.crate") }}
            album
            plays={sort === "plays"}
          />
        )}
      </Listed>
    </>
  );
}

export function CrateArtists({ search, change }: CrateProps) {
  const { t } = useTranslation();
  const me = useMe();
  const following = Boolean(me && search.following);
  const all = useInfiniteQuery({ ...artistsQuery(asked(search, "artist")), enabled: !following });
  const followed = useInfiniteQuery({ ...followingQuery, enabled: following });
  const artists = useEndless(following ? followed : all);
  return (
    <>
      <div className="flex flex-wrap items-end gap-x-6">
        {!following && (
          <Filters
            kind="artist"
            filter={readFilter({ ...search })}
            onChange={(filter) => change({ tab: "artists", ...filter })}
          />
        )}
        {me && (
          <div className="mb-5">
            <Switch
              isSelected={following}
              onChange={(on) => change(on ? { tab: "artists", following: true } : { tab: "artists" })}
            >
              {t("crate.following")}
            </Switch>
          </div>
        )}
      </div>
      {following && artists.items?.length === 0 ? (
        <Empty title={t("crate.follow_nobody")}>{t("crate.follow_how")}</Empty>
      ) : (
        <Listed
          list={artists}
          skeleton={<GridSkeleton count={12} />}
          search={search}
          change={change}
          kind="artist"
        >
          {(items) => <ArtistGrid label={t("crate.tab.artists")} artists={items} more={artists.more} />}
        </Listed>
      )}
    </>
  );
}

function CrateFilters({ kind, search, change }: CrateProps & { kind: "track" | "album" }) {
  const { t } = useTranslation();
  const sort = search.sort ?? "released";
  const order = search.order ?? usualOrder(sort);
  const { genre: _g, priced: _p, from: _f, to: _t, ...rest } = search;
  return (
    <Filters
      kind={kind}
      filter={readFilter({ ...search })}
      onChange={(filter) => change({ ...rest, ...filter })}
    >
      <div className="flex items-end">
        <Select
          label={t("crate.sort")}
          className="w-44"
          value={sort}
          choices={SORTS.map((value) => ({ value, label: t(`crate.sorts.${value}`) }))}
          onChange={(next) => {
            const { order: _order, ...others } = search;
            change({ ...others, sort: next });
          }}
        />
        <IconButton
          icon={order === "asc" ? "up" : "down"}
          label={t(order === "asc" ? "crate.ascending" : "crate.descending")}
          onPress={() => change({ ...search, order: order === "asc" ? "desc" : "asc" })}
        />
      </div>
    </Filters>
  );
}

interface ListedProps<Item> {
  list: Endless<Item>;
  skeleton: ReactNode;
  kind: "track" | "album" | "artist";
  search: CrateSearch;
  change: (search: CrateSearch) => void;
  children: (items: readonly Item[]) => ReactNode;
}

/** A list, or what stands in its place while it is on its way, cannot be had, or is empty. */
function Listed<Item>({ list, skeleton, kind, search, change, children }: ListedProps<Item>) {
  const { t } = useTranslation();
  const me = useMe();
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
  if (narrows(search, kind)) {
    const { tab } = search;
    return (
      <Empty
        title={t("crate.none_such")}
        action={<Button onPress={() => change(tab ? { tab } : {})}>{t("listen.widen")}</Button>}
      />
    );
  }
  return me === null ? (
    <Empty title={t("listen.nothing_public")} action={<LinkButton to="/login">{t("nav.log_in")}</LinkButton>}>
      {t("listen.nothing_public_text")}
    </Empty>
  ) : (
    <Empty title={t("crate.empty")} action={<LinkButton to="/">{t("nav.listen")}</LinkButton>} />
  );
}
