// biome-ignore-all lint/a11y/useSemanticElements: rows that come and go are no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, and what is in it
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePrefs } from "../../app/prefs.ts";
import { type Source, usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { MenuAt } from "../../ui/menu.tsx";
import { messageOf } from "../../ui/state.tsx";
import type { More } from "./endless.ts";
import { useLike } from "./likes.ts";
import { scroller, useWidth } from "./place.ts";
import type { Track } from "./queries.ts";
import { move } from "./row-keys.ts";
import { AllRows, type Rows, RowsInSight } from "./rows.tsx";
import { useTrackEntries } from "./track-menu.ts";
import { type Columns, TrackRow } from "./track-row.tsx";
import { HEADING, NARROW, rowHeight, TrackRowSkeleton } from "./track-skeleton.tsx";

interface TrackListProps extends Partial<Columns> {
  /** What list this is, for who does not see its heading. */
  label: string;
  tracks: readonly Track[];
  source: Source;
  more?: More;
  /** What stands above the row at `index`, as the name of a day or of a disc. */
  headingOf?: (index: number) => string | undefined;
}

const WAITING = 10;
/** As many as all stand in the document: nothing needs to be laid out before they are drawn. */
const FEW = 24;

/**
 * Ruled rows of tracks. Of a long list only those in sight are in the document; it scrolls with the
 * screen. One stop for Tab: up and down go from row to row, left and right through a row, Enter plays,
 * Shift+F10 opens the menu.
 */
export function TrackList({
  label,
  tracks,
  source,
  more,
  headingOf,
  lead = "sleeve",
  artist = true,
  album = false,
  plays = false,
}: TrackListProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const rows = useRef<Rows>(null);
  const density = usePrefs((prefs) => prefs.density);
  const narrow = useWidth(list) < NARROW;
  const height = rowHeight(density, lead, narrow);
  // A row is its track, wherever that stands: what has the focus, or a menu, keeps it when the list changes.
  const keys = useMemo(() => rowKeys(tracks), [tracks]);
  const [activeKey, setActiveKey] = useState<string>();
  const active = Math.max(0, activeKey === undefined ? 0 : keys.indexOf(activeKey));
  const [menu, setMenu] = useState<{ track: Track; anchor: HTMLElement }>();
  const wanted = useRef<number>(undefined);
  const waiting = more?.has && !more.error ? WAITING : 0;
  const heightOf = useCallback(
    (index: number) => height + (headingOf?.(index) ? HEADING : 0),
    [height, headingOf],
  );

  const onEnd = useCallback(
    (end: number) => {
      if (more?.has && !more.loading && !more.error && end >= tracks.length - WAITING) {
        more.load();
      }
    },
    [more, tracks.length],
  );

  // The row to go to is there once it was scrolled to.
  useEffect(() => {
    if (wanted.current !== undefined) {
      const row = list.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
      row?.focus({ preventScroll: true });
      if (row) {
        wanted.current = undefined;
      }
    }
  });

  const play = useCallback(
    (index: number) => {
      const { current, toggle, play: start } = usePlayer.getState();
      const track = tracks[index];
      if (track && track.id === current?.id) {
        toggle();
      } else if (track) {
        start(tracks, index, source);
      }
    },
    [tracks, source],
  );
  const openMenu = useCallback(
    (index: number, anchor: HTMLElement) => {
      const track = tracks[index];
      setMenu(track && { track, anchor });
    },
    [tracks],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = move(event, active, tracks.length, Math.floor((scroller()?.clientHeight ?? 0) / height));
    if (next === "play") {
      play(active);
    } else if (next === "menu" && event.target instanceof HTMLElement) {
      openMenu(active, event.target);
    } else if (typeof next === "number") {
      wanted.current = next;
      setActiveKey(keys[next]);
      rows.current?.scrollTo(next);
    } else {
      return;
    }
    event.preventDefault();
  };

  const TheseRows = more || tracks.length > FEW ? RowsInSight : AllRows;
  return (
    <>
      <div
        ref={list}
        role="grid"
        aria-label={label}
        aria-rowcount={more?.has ? -1 : tracks.length}
        aria-busy={more?.loading}
        className={headingOf ? undefined : "border-t border-line"}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const index = event.target.closest<HTMLElement>("[data-index]")?.dataset.index;
          if (index !== undefined) {
            setActiveKey(keys[Number(index)]);
          }
        }}
      >
        <TheseRows
          ref={rows}
          count={tracks.length + waiting}
          keyOf={(index) => keys[index] ?? index}
          heightOf={heightOf}
          keep={active < tracks.length ? active : undefined}
          onEnd={onEnd}
        >
          {(index) => {
            const track = tracks[index];
            const heading = headingOf?.(index);
            return (
              <>
                {heading && (
                  <div role="row" className="ruled flex items-end pb-2" style={{ height: HEADING }}>
                    <div role="rowheader" className="text-18 font-semibold">
                      {heading}
                    </div>
                  </div>
                )}
                {track ? (
                  <TrackRow
                    track={track}
                    index={index}
                    columns={{ lead, artist, album, plays }}
                    narrow={narrow}
                    height={height}
                    active={index === Math.min(active, tracks.length - 1)}
                    onPlay={play}
                    onMenu={openMenu}
                  />
                ) : (
                  <TrackRowSkeleton height={height} lead={lead} />
                )}
              </>
            );
          }}
        </TheseRows>
      </div>
      {more?.error ? (
        <div role="alert" className="flex items-center gap-4 py-3 text-soft">
          {messageOf(t, more.error)}
          <Button onPress={more.load}>{t("action.retry")}</Button>
        </div>
      ) : null}
      {menu && <RowMenu track={menu.track} anchor={menu.anchor} onClose={() => setMenu(undefined)} />}
    </>
  );
}

/** By which each row is known: its track, and the how manieth time it stands there. */
function rowKeys(tracks: readonly Track[]): string[] {
  const times = new Map<string, number>();
  return tracks.map(({ id }) => {
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    return before === 0 ? id : `${id} ${before}`;
  });
}

function RowMenu({ track, anchor, onClose }: { track: Track; anchor: HTMLElement; onClose: () => void }) {
  const { t } = useTranslation();
  const { liked } = useLike(track);
  const entries = useTrackEntries()(track, liked);
  return (
    <MenuAt
      label={t("listen.more_of", { title: track.title })}
      entries={entries}
      anchor={{ current: anchor }}
      onClose={onClose}
    />
  );
}
