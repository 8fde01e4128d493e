import { queue as queues } from "@resonance/sdk";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Button } from "react-aria-components/Button";
import { GridListItem } from "react-aria-components/GridList";
import { useTranslation } from "react-i18next";
import { cx } from "../ui/class.ts";
import { Clock, Rate } from "../ui/figures.tsx";
import { Icon } from "../ui/icons.tsx";
import { MenuButton } from "../ui/menu.tsx";
import { Sleeve } from "../ui/sleeve.tsx";
import { Skeleton } from "../ui/state.tsx";
import { usePlayer } from "./player.ts";
import { queuedTrack } from "./tracks.ts";

/** One place in the queue: pressed, it plays; its handle moves it, and its menu does what the handle does. */
export function QueueRow({ entry, isCurrent }: { entry: queues.Entry; isCurrent: boolean }) {
  const { t } = useTranslation();
  const { data: track, isError } = useQuery(queuedTrack(entry.id));
  const title = track?.title ?? (isError ? t("player.queue_panel.unknown") : "");
  const navigate = useNavigate();
  const { change } = usePlayer.getState();
  const entries = [
    {
      id: "next",
      label: t("player.queue_panel.play_next"),
      icon: "play_next",
      do: () => change((queue) => queues.bringNext(queue, entry.key)),
      disabled: isCurrent,
    },
    {
      id: "up",
      label: t("player.queue_panel.move_up"),
      icon: "up",
      do: () => change((queue) => queues.step(queue, entry.key, -1)),
    },
    {
      id: "down",
      label: t("player.queue_panel.move_down"),
      icon: "down",
      do: () => change((queue) => queues.step(queue, entry.key, 1)),
    },
    { line: "places" },
    {
      id: "track",
      label: t("listen.go_track"),
      icon: "info",
      do: () => void navigate({ to: "/t/$track", params: { track: entry.id } }),
    },
    {
      id: "artist",
      label: t("listen.go_artist"),
      icon: "artist",
      do: () => track && void navigate({ to: "/a/$artist", params: { artist: track.artist.id } }),
      disabled: !track,
    },
    { line: "away" },
    {
      id: "remove",
      label: t("player.queue_panel.remove"),
      icon: "trash",
      do: () => change((queue) => queues.remove(queue, new Set([entry.key]))),
    },
  ] as const;
  return (
    <GridListItem
      id={entry.key}
      textValue={title || entry.id}
      className={cx(
        "ruled flex h-14 cursor-pointer items-center gap-2 ps-1 pe-1 -outline-offset-2 data-[dragging]:opacity-50 data-[hovered]:bg-rise",
        isCurrent && "bg-rise",
      )}
    >
      <Button
        slot="drag"
        aria-label={t("player.queue_panel.move", { title })}
        className="grid size-11 shrink-0 cursor-grab touch-none place-items-center rounded-full text-faint"
      >
        <Icon name="drag" />
      </Button>
      <Sleeve src={track?.coverUrl} title={track?.album?.title ?? title} size={40} className="w-10" />
      <div className="grid min-w-0 flex-1">
        {track || isError ? (
          <span className={cx("one-line", isCurrent && "font-semibold")}>{title}</span>
        ) : (
          <Skeleton className="h-4 w-32" />
        )}
        <span className="one-line text-13 text-soft">
          {isCurrent ? `${t("player.queue_panel.now")} · ` : ""}
          {track ? (track.artistCredit ?? track.artist.name) : ""}
        </span>
      </div>
      {track && (
        <span className="grid justify-items-end text-13">
          <Rate price={track.pricePerSecond} />
          <Clock ms={track.durationMs} className="text-soft" />
        </span>
      )}
      <MenuButton label={t("player.queue_panel.menu", { title })} entries={entries} />
    </GridListItem>
  );
}
