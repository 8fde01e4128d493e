// biome-ignore-all lint/a11y/useSemanticElements: rows that come and go are no table
// biome-ignore-all lint/a11y/useFocusableInteractive: the row has the focus, and what is in it
import { Link } from "@tanstack/react-router";
import { type CSSProperties, memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePlayer } from "../../player/player.ts";
import { RowButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Clock, Count, Rate } from "../../ui/figures.tsx";
import { Icon } from "../../ui/icons.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { RowHeart } from "./heart.tsx";
import type { Track } from "./queries.ts";

/** What stands in a row beside its title. */
export interface Columns {
  /** First in the row. */
  lead: "number" | "sleeve";
  artist: boolean;
  album: boolean;
  plays: boolean;
}

interface TrackRowProps {
  track: Track;
  index: number;
  columns: Columns;
  /** Too narrow for columns: the artist stands below the title. */
  narrow: boolean;
  height: number;
  /** The one row that Tab leads to. */
  active: boolean;
  onPlay: (index: number) => void;
  onMenu: (index: number, anchor: HTMLElement) => void;
}

/** The widths of the columns; every row has the same, so that they stand below each other. */
export function template({ lead, artist, album, plays }: Columns, narrow: boolean): string {
  const first = lead === "number" ? "2.25rem" : "auto";
  if (narrow) {
    return `${first} minmax(0,1fr) auto 2.75rem`;
  }
  return [
    first,
    "minmax(0,5fr)",
    artist && "minmax(0,3fr)",
    album && "minmax(0,3fr)",
    plays && "6rem",
    "5.5rem",
    "2.75rem",
    "4.5rem",
    "2.75rem",
  ]
    .filter(Boolean)
    .join(" ");
}

/** What is pressed is as high as a finger wants it, or as its row is: beside it the row itself is pressed. */
const TARGET = "grid h-full items-center";

/** One track of a list. The list holds its keys, and hears a press on what is no link and no button. */
export const TrackRow = memo(function TrackRow(props: TrackRowProps) {
  const { track, index, columns, narrow, height, active, onPlay, onMenu } = props;
  const { t } = useTranslation();
  const current = usePlayer((player) => player.current?.id === track.id);
  const playing = usePlayer((player) => player.playing && player.current?.id === track.id);
  const style: CSSProperties = { height, gridTemplateColumns: template(columns, narrow) };
  const credit = track.artistCredit ?? track.artist.name;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list plays the row that has the focus on Enter
    <div
      role="row"
      aria-rowindex={index + 1}
      aria-current={current ? "true" : undefined}
      tabIndex={active ? 0 : -1}
      data-index={index}
      style={style}
      onClick={(event) => {
        if (event.target instanceof Element && !event.target.closest("a, button")) {
          onPlay(index);
        }
      }}
      className={cx(
        "group ruled grid items-center gap-x-3 -outline-offset-2 select-none @min-[48rem]:gap-x-4",
        "cursor-pointer hover:bg-bed",
        !track.available && "text-faint",
        current && "bg-bed",
      )}
    >
      <Lead {...props} current={current} />
      <Cell className="grid">
        <span className="flex min-w-0 items-center gap-2">
          <span className={cx("one-line", current ? "font-bold" : "font-medium")}>{track.title}</span>
          {track.explicit && <Explicit />}
          {current && (
            <span className="sr-only">{t(playing ? "listen.now_playing" : "listen.now_resting")}</span>
          )}
        </span>
        {narrow && columns.artist && <span className="one-line text-13 text-soft">{credit}</span>}
      </Cell>
      {!narrow && columns.artist && (
        <Cell className="one-line text-soft">
          <Link
            to="/a/$artist"
            params={{ artist: track.artist.id }}
            tabIndex={-1}
            className="hover:text-paper hover:underline"
          >
            {credit}
          </Link>
        </Cell>
      )}
      {!narrow && columns.album && (
        <Cell className="one-line text-soft">
          {track.album && (
            <Link
              to="/r/$release"
              params={{ release: track.album.id }}
              tabIndex={-1}
              className="hover:text-paper hover:underline"
            >
              {track.album.title}
            </Link>
          )}
        </Cell>
      )}
      {!narrow && columns.plays && (
        <Cell className="text-end text-13 text-soft">
          {track.playCount > 0 && (
            <span title={t("count.plays", { count: track.playCount })}>
              <Count value={track.playCount} />
              <span className="sr-only"> {t("listen.plays", { count: track.playCount })}</span>
            </span>
          )}
        </Cell>
      )}
      <Cell className={cx("text-end text-13", narrow && "grid justify-items-end")}>
        <Rate price={track.pricePerSecond} />
        {narrow && <Clock ms={track.durationMs} className="text-soft" />}
      </Cell>
      {!narrow && (
        <Cell className={TARGET}>
          <RowHeart track={track} />
        </Cell>
      )}
      {!narrow && (
        <Cell className="text-end text-13 text-soft">
          <Clock ms={track.durationMs} />
        </Cell>
      )}
      <Cell className={TARGET}>
        <RowButton
          icon="more"
          label={t("listen.more_of", { title: track.title })}
          aria-haspopup="menu"
          onClick={(event) => onMenu(index, event.currentTarget)}
          className="-me-3"
        />
      </Cell>
    </div>
  );
});

function Cell({ children, className }: { children?: ReactNode; className?: string }) {
  return (
    <div role="gridcell" className={cx("min-w-0", className)}>
      {children}
    </div>
  );
}

/** The number or the sleeve, and over it what a press on the row does. */
function Lead({ track, columns, height, current }: TrackRowProps & { current: boolean }) {
  const playing = usePlayer((player) => current && player.playing);
  const icon = <Icon name={playing ? "pause" : "play"} size={18} />;
  if (columns.lead === "number") {
    return (
      <Cell className="figure grid place-items-center text-13 text-soft">
        <span className={cx(current ? "hidden" : "group-hover:hidden")}>{track.trackNo || "–"}</span>
        <span className={cx("text-paper", current ? "block" : "hidden group-hover:block")}>{icon}</span>
      </Cell>
    );
  }
  const size = Math.min(44, height - 12);
  return (
    <Cell className="relative">
      <div style={{ width: size }}>
        <Sleeve src={track.coverUrl} title={track.album?.title ?? track.title} size={44} />
      </div>
      <span
        className={cx(
          "absolute inset-0 place-items-center rounded-sleeve bg-lacquer/60 text-paper",
          current ? "grid" : "hidden group-hover:grid",
        )}
      >
        {icon}
      </span>
    </Cell>
  );
}

/** Says that the words of a track are not for everybody. */
export function Explicit() {
  const { t } = useTranslation();
  return (
    <abbr
      title={t("listen.explicit")}
      className="grid size-4 shrink-0 place-items-center rounded-sleeve border border-edge text-[0.625rem] font-semibold text-soft no-underline"
    >
      E
    </abbr>
  );
}
