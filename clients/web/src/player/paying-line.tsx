import type { money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/me.ts";
import { useNext } from "../features/account/use-next.ts";
import { useAvailable } from "../features/wallet/balance.ts";
import { Button, LinkButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { clock } from "../ui/figures.tsx";
import { inFigures } from "../ui/money.ts";
import { useCosts, useReading } from "./meter-view.tsx";
import { type Halt, MOST_UNTOLD, useLeft, usePaying } from "./paying.ts";
import { type Track, usePlayer } from "./player.ts";
import { useOtherTab } from "./tabs.ts";

interface PayingLineProps {
  track: Track;
  /** On a phone it comes and goes with what needs an answer, and with nothing else. */
  inBar?: boolean;
  className?: string;
}

const TO_PRESS = "h-11 shrink-0 px-4 text-13";

/** Where paying, or the end of a preview, stopped what plays: why, read out politely, and what takes the listener further. */
export function PayingLine({ track, inBar = false, className }: PayingLineProps) {
  const halt = usePaying((paying) => (paying.track?.id === track.id ? paying.halt : undefined));
  const asked = usePaying((paying) => paying.asked);
  const price = usePaying((paying) => paying.track?.pricePerSecond);
  const isBack = useIsBack(halt, price);
  const act = useAct(track, isBack);
  const canEnd = useCanEnd(track, halt);
  const openEnd = useOpenEnd();
  const previewEnd = usePlayer((player) => player.previewEnd);
  const next = useNext();
  const { t } = useTranslation();
  const isTold = Boolean(act || halt || openEnd || previewEnd !== undefined);
  return (
    <div
      data-told={isTold || undefined}
      className={cx(
        isTold ? "flex flex-wrap items-center gap-x-3" : "sr-only",
        inBar && act?.canWait && "max-md:sr-only",
        inBar && (canEnd ? "md:max-w-[16rem] lg:max-w-[24rem] lg:flex-nowrap" : "md:max-w-[16rem]"),
        className,
      )}
    >
      <span
        role="status"
        className={cx(
          "flex-1 text-13",
          previewEnd !== undefined ? "min-w-[9rem]" : inBar ? "min-w-[6.5rem]" : "min-w-0",
          // Beside two buttons there is no room for words on a phone.
          canEnd && "max-md:mb-2 max-md:basis-full low:mb-0 low:basis-0",
        )}
      >
        <Words track={track} inBar={inBar} isBack={isBack} />
      </span>
      <span role="status" className="sr-only">
        {asked}
      </span>
      {act?.do && (
        <Button className={TO_PRESS} onPress={act.do}>
          {act.label}
        </Button>
      )}
      {canEnd && (
        <Button
          // In a narrow bar there is room for one: the other is on the player's own page.
          className={cx(TO_PRESS, inBar && "md:max-lg:hidden")}
          aria-label={t("player.paying.end")}
          onPress={() => usePaying.getState().end()}
        >
          {t(inBar ? "player.paying.end_short" : "player.paying.end")}
        </Button>
      )}
      {act && !act.do && (
        <LinkButton to="/login" search={next} className={TO_PRESS}>
          {act.label}
        </LinkButton>
      )}
    </div>
  );
}

/** What is the matter: what rests for want of it first. */
function Words({ track, inBar, isBack }: { track: Track; inBar: boolean; isBack: boolean }) {
  const { t } = useTranslation();
  const halt = usePaying((paying) => (paying.track?.id === track.id ? paying.halt : undefined));
  const price = usePaying((paying) => paying.track?.pricePerSecond);
  const owed = usePaying((paying) => paying.owed);
  const hasBegun = useReading(track) !== undefined;
  const spoken = usePaying((paying) => paying.spoken);
  const playsFrom = usePlaysFrom(track);
  const openEnd = useOpenEnd();
  const previewEnd = usePlayer((player) => player.previewEnd);
  const inOtherTab = useInOtherTab(halt);
  if (inOtherTab) {
    return t("player.other_tab");
  }
  if (halt === "network" && hasBegun) {
    return t("player.paying.lost", { count: MOST_UNTOLD });
  }
  if (halt === "back" && owed > 0n) {
    return t("player.paying.back_owed", {
      figure: inFigures({ asset: price?.asset ?? "BEAT", amount: owed.toString() }),
    });
  }
  if (halt) {
    const rate = price ? inFigures(price) : t("money.free");
    return t(`player.paying.halt.${halt === "balance" ? ofBalance(isBack, hasBegun) : halt}`, { rate });
  }
  if (playsFrom !== undefined) {
    return t(inBar ? "player.paying.withheld_short" : "player.paying.withheld", { at: clock(playsFrom) });
  }
  if (spoken) {
    return (
      <Said>
        {spoken.what === "half"
          ? t("player.paying.spoken.half")
          : t("player.paying.spoken.left", { count: spoken.seconds })}
      </Said>
    );
  }
  if (openEnd) {
    return t("player.paying.open_end", { figure: inFigures(openEnd) });
  }
  return previewEnd === undefined ? null : t("player.preview_ends", { at: clock(previewEnd) });
}

/** There is enough again; or what there was is used up; or it never was enough. */
function ofBalance(isBack: boolean, hasBegun: boolean) {
  return isBack ? "balance_back" : hasBegun ? "balance" : "balance_none";
}

/** For who does not see the figure. */
function Said({ children }: { children: string }) {
  return <span className="sr-only">{children}</span>;
}

interface Act {
  label: string;
  /** Without it, it is the log-in that leads further. */
  do?: () => void;
  /** Nothing rests for want of it. */
  canWait?: boolean;
}

/** Whether another tab plays, and nothing has to be answered here before. */
function useInOtherTab(halt: Halt | undefined): boolean {
  const playing = usePlayer((player) => player.playing);
  const plays = useOtherTab((tabs) => tabs.plays);
  return !playing && plays !== undefined && (halt === undefined || halt === "elsewhere");
}

/** Where it plays on, in milliseconds, while this place is not to be had. */
function usePlaysFrom(track: Track): number | undefined {
  return usePaying(({ track: paid, playsFrom }) => (paid?.id === track.id ? playsFrom : undefined));
}

/** What a play that is over cost, while nobody can say what it came to and nothing else is paid for. */
function useOpenEnd(): money.Amount | undefined {
  const reading = usePaying((paying) => paying.reading);
  const end = usePaying((paying) => paying.openEnds.findLast(({ isCut }) => isCut));
  return reading || !end ? undefined : { asset: end.asset, amount: end.spent.toString() };
}

/** Whether there is money again for what rests for want of it. */
function useIsBack(halt: Halt | undefined, price: money.Amount | null | undefined): boolean {
  const available = useAvailable("BEAT");
  const left = useLeft("BEAT") ?? BigInt(available?.amount ?? 0);
  return halt === "balance" && price != null && left >= BigInt(price.amount);
}

/** Whether what rests for want of something has cost anything, and could be ended instead of gone on with. */
function useCanEnd(track: Track, halt: Halt | undefined): boolean {
  const reading = useReading(track);
  return (
    halt !== undefined && reading?.phase === "paused" && reading.reason !== "network" && reading.spent > 0n
  );
}

function useAct(track: Track, isBack: boolean): Act | undefined {
  const { t } = useTranslation();
  const halt = usePaying((paying) => (paying.track?.id === track.id ? paying.halt : undefined));
  const isPart = usePlayer(({ preview, previewEnd }) => preview || previewEnd !== undefined);
  const isVisitor = useMe() === null;
  const playing = usePlayer((player) => player.playing);
  const phase = useReading(track)?.phase;
  const costs = useCosts(track);
  const playsFrom = usePlaysFrom(track);
  const inOtherTab = useInOtherTab(halt);
  if (inOtherTab) {
    return { label: t("player.go_on_here"), do: () => usePlayer.getState().takeOver() };
  }
  switch (halt) {
    case undefined:
      if (playsFrom !== undefined) {
        return {
          label: t("player.paying.play_from", { at: clock(playsFrom) }),
          do: () => playOnFrom(playsFrom),
        };
      }
      if (phase === "paused" && !playing) {
        return { label: t("player.paying.end"), do: () => usePaying.getState().end(), canWait: true };
      }
      if (isPart && isVisitor) {
        return { label: t("player.preview_log_in") };
      }
      return isPart && costs ? { label: t("player.paying.whole"), do: again } : undefined;
    case "balance":
      if (isBack) {
        return goOn(t);
      }
      return { label: t("player.paying.top_up"), do: () => usePaying.setState({ sheet: "balance" }) };
    case "cap":
      return { label: t("player.paying.raise"), do: () => usePaying.setState({ sheet: "cap" }) };
    case "log_in":
      return { label: t("nav.log_in") };
    case "unpayable":
      return { label: t("player.paying.preview"), do: () => usePaying.getState().preview() };
    default:
      return goOn(t);
  }
}

function goOn(t: ReturnType<typeof useTranslation>["t"]): Act {
  return { label: t("player.paying.go_on"), do: () => usePlayer.getState().resume() };
}

function playOnFrom(ms: number) {
  const { seek, resume } = usePlayer.getState();
  seek(ms);
  resume();
}

/** The track from its beginning, all of it. */
function again() {
  const { queue, jump } = usePlayer.getState();
  const entry = queue.entries[queue.at];
  if (entry) {
    jump(entry.key);
  }
}
