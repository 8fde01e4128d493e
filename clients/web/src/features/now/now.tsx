import { Link, useRouter } from "@tanstack/react-router";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useSeconds } from "../../player/clock.ts";
import { NextButton, PlayButton, PreviousButton } from "../../player/controls.tsx";
import { MeterView } from "../../player/meter-view.tsx";
import { PayingLine } from "../../player/paying-line.tsx";
import { type Track, usePlayer } from "../../player/player.ts";
import { useQueuePanel } from "../../player/queue-panel.ts";
import { Standing } from "../../player/standing.tsx";
import { Tape } from "../../player/tape.tsx";
import { IconButton, LinkButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { clock } from "../../ui/figures.tsx";
import { Heading, Title } from "../../ui/screen.tsx";
import { Sleeve } from "../../ui/sleeve.tsx";
import { Empty } from "../../ui/state.tsx";
import { Heart } from "../catalogue/heart.tsx";
import { Orders } from "./orders.tsx";

/** A title of more letters is set smaller, so that what is to be pressed stays in sight. */
const LONG = 60;

/** What plays, and nothing else. */
export function Now() {
  const { t } = useTranslation();
  const current = usePlayer((player) => player.current);
  return (
    <>
      {current ? (
        <>
          <Title>{current.title}</Title>
          <Playing track={current} />
        </>
      ) : (
        <Empty
          screen
          title={t("player.now.empty")}
          action={<LinkButton to="/">{t("nav.listen")}</LinkButton>}
        >
          {t("player.now.empty_hint")}
        </Empty>
      )}
    </>
  );
}

function Playing({ track }: { track: Track }) {
  const { t } = useTranslation();
  const router = useRouter();
  const height = useSyncExternalStore(watchHeight, tapeHeight);
  return (
    <article className="mx-auto grid max-w-[60rem] grid-cols-[minmax(0,1fr)] gap-4 low:relative low:gap-2">
      <div className="-ms-3 flex items-center justify-between low:pointer-events-none low:absolute low:inset-x-0 low:-top-2 low:z-10 low:*:pointer-events-auto">
        <IconButton
          icon="down"
          label={t("player.now.close")}
          size={24}
          onPress={() => router.history.back()}
        />
        <IconButton
          icon="queue"
          label={t("player.queue")}
          onPress={() => useQueuePanel.setState(({ open }) => ({ open: !open }))}
        />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-end gap-6 @md:grid-cols-[16rem_minmax(0,1fr)] @md:gap-10 low:grid-cols-[5.5rem_minmax(0,1fr)] low:items-center low:gap-4 low:px-12">
        <Sleeve
          src={track.coverUrl}
          title={track.album?.title ?? track.title}
          size={512}
          eager
          // On a phone it takes what the rest leaves, so that nothing to press is out of sight.
          className="w-full max-w-[clamp(5rem,100dvh-39rem,24rem)] justify-self-center @md:max-w-none low:max-w-none"
        />
        <div className="grid min-w-0 gap-2 low:gap-0.5">
          <Heading
            className={cx(
              "display text-balance [overflow-wrap:anywhere]",
              track.title.length > LONG ? "text-22 leading-[1.2] @md:text-32" : "text-32 @md:text-48",
              "low:line-clamp-2 low:text-22 low:leading-[1.2]",
            )}
          >
            {track.title}
          </Heading>
          <p className="text-18 [overflow-wrap:anywhere]">
            <Link to="/a/$artist" params={{ artist: track.artist.id }} className="hover:underline">
              {track.artistCredit ?? track.artist.name}
            </Link>
          </p>
          {track.album && (
            <p className="text-soft [overflow-wrap:anywhere]">
              <Link to="/r/$release" params={{ release: track.album.id }} className="hover:underline">
                {track.album.title}
              </Link>
            </p>
          )}
          <Standing />
          <PayingLine track={track} />
        </div>
      </div>
      <div className="grid gap-2">
        <Tape track={track} height={height} />
        <div className="flex justify-between gap-4 text-soft">
          <At />
          <MeterView track={track} className="justify-items-center" />
          <span className="figure">{clock(track.durationMs)}</span>
        </div>
      </div>
      {/* On its side, a phone has them all in one row. */}
      <div className="grid grid-cols-[1fr_auto_1fr] items-center gap-4">
        <span className="low:hidden" />
        <div className="flex items-center gap-4">
          <PreviousButton />
          <PlayButton size={64} />
          <NextButton />
        </div>
        <Heart track={track} />
        <div className="col-span-full low:order-first low:col-span-1 low:justify-self-start">
          <Orders />
        </div>
      </div>
    </article>
  );
}

const wide = matchMedia("(width >= 960px) and (height >= 720px)");
const low = matchMedia("(height < 720px)");
const tapeHeight = () => (wide.matches ? 220 : low.matches ? 56 : 96);

function watchHeight(changed: () => void) {
  for (const media of [wide, low]) {
    media.addEventListener("change", changed);
  }
  return () => {
    for (const media of [wide, low]) {
      media.removeEventListener("change", changed);
    }
  };
}

function At() {
  return (
    <span aria-hidden="true" className="figure">
      {clock(useSeconds() * 1000)}
    </span>
  );
}
