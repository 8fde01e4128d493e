import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Heart } from "../features/catalogue/heart.tsx";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { clock } from "../ui/figures.tsx";
import { Sleeve } from "../ui/sleeve.tsx";
import { useSeconds } from "./clock.ts";
import { NextButton, PlayButton, PreviousButton } from "./controls.tsx";
import { MeterLine, MeterView, useCosts, useReading } from "./meter-view.tsx";
import { PayingLine } from "./paying-line.tsx";
import type { Track } from "./player.ts";
import { useQueuePanel } from "./queue-panel.ts";
import { Standing, useStanding } from "./standing.tsx";
import { Tape } from "./tape.tsx";
import { Volume } from "./volume.tsx";

/** The bar of what plays. It is fetched when something does. */
export default function Bar({ track }: { track: Track }) {
  return (
    <div
      className={cx(
        "group grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-2 border-t border-line bg-bed px-4 py-2 md:h-(--size-player) md:flex md:gap-x-4 md:py-0",
        "low:grid-cols-[minmax(0,15rem)_minmax(0,1fr)_auto] low:gap-y-1 low:ps-3 low:pe-1 low:pt-1 low:pb-[calc(0.25rem+env(safe-area-inset-bottom))]",
      )}
    >
      <Playing track={track} />
      <div className="flex shrink-0 items-center max-md:hidden">
        <PreviousButton />
        <PlayButton size={44} />
        <NextButton />
      </div>
      <div className="flex items-center md:hidden low:order-2">
        <QueueButton />
      </div>
      <PayingLine track={track} inBar className="max-md:col-span-full md:order-1 low:order-3" />
      <div className="flex min-w-0 items-center gap-3 max-md:col-span-full md:min-w-40 md:flex-1 low:order-1 low:col-span-1">
        <span className="md:hidden">
          <PlayButton size={44} />
        </span>
        <At />
        <Tape track={track} height={44} className="flex-1" />
        <span className="figure text-13 text-soft">{clock(track.durationMs)}</span>
        <span className="-mx-2 md:hidden">
          <NextButton />
        </span>
      </div>
      <MeterView
        track={track}
        className="min-w-[7rem] justify-items-end border-s border-line ps-4 max-md:hidden md:order-2"
      />
      <div className="flex items-center max-md:hidden md:order-3">
        {/* What must be answered needs the room. */}
        <div className="md:max-[90rem]:group-has-[[data-told]]:hidden">
          <Volume />
        </div>
        <QueueButton />
      </div>
    </div>
  );
}

function Playing({ track }: { track: Track }) {
  const { t } = useTranslation();
  const standing = useStanding();
  const paid = useReading(track) !== undefined;
  const costs = useCosts(track);
  return (
    <div className="flex min-w-0 items-center gap-3 md:w-[17rem] md:min-w-[9rem] md:shrink min-[96rem]:w-[22rem]">
      <Link to="/now" aria-label={t("player.open_now")} title={t("player.open_now")} className="shrink-0">
        <Sleeve
          src={track.coverUrl}
          title={track.album?.title ?? track.title}
          size={56}
          className="w-12 md:w-14"
        />
      </Link>
      <div className="grid min-w-0 flex-1">
        <Link to="/t/$track" params={{ track: track.id }} className="one-line font-medium hover:underline">
          {track.title}
        </Link>
        <Standing className={standing ? "" : "sr-only"} />
        {!standing && (
          <span className="flex min-w-0 items-baseline gap-2">
            {costs && (
              <span className={cx("flex md:hidden", paid ? "min-w-0" : "shrink-0")}>
                <MeterLine track={track} />
              </span>
            )}
            <Link
              to="/a/$artist"
              params={{ artist: track.artist.id }}
              className={cx(
                "one-line text-13 text-soft hover:text-paper hover:underline",
                paid && "max-md:hidden",
              )}
            >
              {track.artistCredit ?? track.artist.name}
            </Link>
          </span>
        )}
      </div>
      <Heart track={track} />
    </div>
  );
}

function At() {
  const seconds = useSeconds();
  return (
    <span aria-hidden="true" className="figure min-w-[4ch] text-end text-13 text-soft">
      {clock(seconds * 1000)}
    </span>
  );
}

function QueueButton() {
  const { t } = useTranslation();
  const open = useQueuePanel((state) => state.open);
  return (
    <IconButton
      icon="queue"
      label={t("player.queue")}
      aria-expanded={open}
      onPress={() => useQueuePanel.setState({ open: !open })}
      className={open ? "text-paper" : ""}
    />
  );
}
