import { restOf } from "@resonance/sdk";
import type { Reading } from "@resonance/sdk/meterplay";
import { useTranslation } from "react-i18next";
import { useOnline } from "../app/lines.tsx";
import { useMe } from "../app/me.ts";
import { useOwns } from "../features/studio/pages.ts";
import { cx } from "../ui/class.ts";
import { clock, Rate } from "../ui/figures.tsx";
import { inFigures } from "../ui/money.ts";
import { useSeconds } from "./clock.ts";
import { MOST_UNTOLD, usePaying } from "./paying.ts";
import { type Track, usePlayer } from "./player.ts";

/** So few seconds are told of in place of what is left of the money. */
const FEW_SECONDS = 60;

/** The meter of this track; undefined while none runs. */
export function useReading(track: Track): Reading | undefined {
  return usePaying(({ reading }) => (reading?.trackId === track.id ? reading : undefined));
}

/** Whether this listener is asked to pay for the track. */
export function useCosts({ id, artist, pricePerSecond: price }: Track): boolean {
  const free = usePaying((paying) => paying.free === id);
  const isMine = useOwns(price ? artist.id : undefined);
  return Boolean(useMe()) && !free && !isMine && price != null && BigInt(price.amount) > 0n;
}

/** What this play cost so far, or will cost: moved by the server's beats and by nothing else. */
export function MeterView({ track, className }: { track: Track; className?: string }) {
  const reading = useReading(track);
  const costs = useCosts(track);
  if (reading) {
    return <Running reading={reading} className={className} />;
  }
  return costs ? <Before track={track} className={className} /> : null;
}

function Before({ track, className }: { track: Track; className: string | undefined }) {
  const { t } = useTranslation();
  const preview = usePlayer((player) => player.preview);
  const seconds = useSeconds();
  // Of what is gone on with, what is still to be heard; behind a preview all of it is heard from its beginning.
  const most = restOf(track, preview ? 0 : seconds * 1000);
  return (
    <div className={cx("grid", className)}>
      <Rate price={track.pricePerSecond} className="text-18" />
      {most && (
        <span className="text-12 whitespace-nowrap text-soft">
          {t("player.paying.at_most")} <span className="figure">{inFigures(most)}</span>
        </span>
      )}
    </div>
  );
}

function Running({ reading, className }: { reading: Reading; className: string | undefined }) {
  const { t } = useTranslation();
  return (
    <div className={cx("grid", className)} data-meter={reading.phase}>
      <span className="whitespace-nowrap text-amber">
        <Spent reading={reading} className="text-18" />{" "}
        <span className="text-13">{t("player.paying.beats")}</span>
      </span>
      <Left reading={reading} className="text-12 whitespace-nowrap text-soft" />
    </div>
  );
}

/** The same in one line, in the place of the artist's name. */
export function MeterLine({ track }: { track: Track }) {
  const { t } = useTranslation();
  const reading = useReading(track);
  const preview = usePlayer((player) => player.preview);
  if (!reading) {
    return preview ? null : <Rate price={track.pricePerSecond} className="text-13" />;
  }
  // What has no room beside the other is on a second line, which is not seen: a figure is there as a whole or not at all.
  return (
    <span data-meter-line className="flex h-[1lh] flex-wrap overflow-hidden text-13 text-soft">
      <span className="whitespace-nowrap text-amber">
        <Spent reading={reading} /> {t("player.paying.beats")}
      </span>
      <Left reading={reading} short className="whitespace-pre before:content-['_·_']" />
    </span>
  );
}

/** Hollow while nothing is told of it. */
function Spent({ reading, className }: { reading: Reading; className?: string }) {
  const { asset, spent, phase, late } = reading;
  const stands = late || phase === "lost";
  return (
    <span
      data-spent={spent.toString()}
      className={cx(
        "figure",
        stands && "[-webkit-text-fill-color:transparent] [-webkit-text-stroke:1px]",
        className,
      )}
    >
      {inFigures({ asset, amount: spent.toString() })}
    </span>
  );
}

/** What still can be spent. */
function Left({
  reading,
  className,
  short = false,
}: {
  reading: Reading;
  className?: string;
  /** Where there is room for two words. */
  short?: boolean;
}) {
  const { t } = useTranslation();
  const purse = usePaying((paying) => paying.purse);
  const online = useOnline();
  if (!online && reading.phase === "running") {
    // What was heard until a moment ago may still be charged, once the line is back.
    return <span className={className}>{t("player.paying.away")}</span>;
  }
  if (reading.late && reading.phase !== "lost") {
    // The line is silent, and the server may not know that yet: a few seconds that are heard may still be charged.
    return <span className={className}>{t(short ? "player.paying.late_short" : "player.paying.late")}</span>;
  }
  if (reading.phase === "lost") {
    return (
      <span className={className}>
        {short ? t("player.paying.stands_short") : t("player.paying.stands", { count: MOST_UNTOLD })}
      </span>
    );
  }
  const { asset, spent, cap, beatsRemaining } = reading;
  const figure = (amount: bigint) => inFigures({ asset, amount: amount.toString() });
  const left = purse === undefined ? undefined : purse - spent;
  const parts =
    beatsRemaining !== undefined && beatsRemaining <= FEW_SECONDS
      ? [t(short ? "player.paying.left" : "player.paying.enough", { figure: clock(beatsRemaining * 1000) })]
      : [
          ...(cap === undefined ? [] : [t("player.paying.cap", { figure: figure(cap) })]),
          ...(left === undefined ? [] : [t("player.paying.left", { figure: figure(left > 0n ? left : 0n) })]),
        ];
  return <span className={className}>{parts.join(" · ") || t("player.paying.this_play")}</span>;
}
