import { money, restOf } from "@resonance/sdk";
import type { Cap } from "@resonance/sdk/meterframes";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { place } from "../../player/clock.ts";
import { nextFree } from "../../player/next-free.ts";
import { usePaying } from "../../player/paying.ts";
import { type Track, usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { clock } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { messageOf, Skeleton } from "../../ui/state.tsx";
import { type Caps, capsQuery, putCaps, type Spending, spendingQuery } from "./caps.ts";

const STEPS = ["10", "25", "50", "100"] as const;
type Step = (typeof STEPS)[number] | "rest";

const beats = (text: string) => money.parse("BEAT", text)?.amount ?? "0";
const isLess = (amount: money.Amount, than: string) => BigInt(amount.amount) < BigInt(beats(than));

/** The cap is reached: by how much it is raised, if at all. */
export function CapSheet({ track, onClose }: { track: Track; onClose: () => void }) {
  const { t } = useTranslation();
  const reading = usePaying((paying) => paying.reading);
  const { data: caps, error, isPending } = useQuery(capsQuery);
  // Where it cannot be had the cap is raised without it.
  const { data: spending } = useQuery(spendingQuery);
  const reached = usePaying((paying) => paying.reachedCap) ?? "perPlay";
  const [rest] = useState(() => restOf(track, place().ms));
  const [step, setStep] = useState<Step>(() => (rest && isLess(rest, "25") ? "rest" : "25"));
  const by = { asset: "BEAT", amount: step === "rest" && rest ? rest.amount : beats(step) };
  const raise = useMutation({
    mutationFn: () => raiseBy(reached, by.amount, caps),
    onSuccess: onClose,
  });
  const spent = spending && spentOf(reached, spending, track);
  const free = nextFree();
  const price = track.pricePerSecond;
  const buys = price ? secondsFor(by.amount, price.amount) : undefined;
  return (
    <Dialog
      sheet
      isOpen
      onClose={onClose}
      title={t("player.paying.cap_sheet.title")}
      actions={
        <>
          <Button onPress={onClose}>{t("player.paying.cap_sheet.stay")}</Button>
          {free !== undefined && (
            <Button
              onPress={() => {
                onClose();
                usePlayer.getState().jump(free);
              }}
            >
              {t("player.paying.cap_sheet.next_free")}
            </Button>
          )}
          <Button kind="primary" busy={raise.isPending} isDisabled={!caps} onPress={() => raise.mutate()}>
            {t("player.paying.cap_sheet.raise")} <span className="figure">{inFigures(by, 0)}</span>
          </Button>
        </>
      }
    >
      <p className="mb-5 text-soft">
        {reading ? (
          <>
            {t("player.paying.cap_sheet.spent")}{" "}
            <span className="figure text-amber">
              {inFigures({ asset: reading.asset, amount: reading.spent.toString() })}
            </span>
          </>
        ) : (
          t("player.paying.cap_sheet.no_second")
        )}
      </p>
      {isPending && <Skeleton className="h-24 w-full" />}
      {caps && (
        <div className="grid gap-5">
          {caps[reached] && (
            <p>
              {t(`player.paying.cap_sheet.cap.${reached}`, { figure: inFigures(caps[reached]) })}{" "}
              {spent && t("player.paying.cap_sheet.of_it", { spent: inFigures(spent) })}
            </p>
          )}
          <RadioGroup
            label={t("player.paying.cap_sheet.by")}
            value={step}
            onChange={setStep}
            choices={choicesOf(rest, t("player.paying.cap_sheet.rest"))}
          />
          {buys !== undefined && (
            <p className="text-13 text-soft">
              {t("player.paying.cap_sheet.buys")} <span className="figure">{clock(buys * 1000)}</span>
            </p>
          )}
          <p className="text-13 text-soft">
            {reached === "perPlay" && reading
              ? t("player.paying.cap_sheet.this_play")
              : t("player.paying.cap_sheet.from_now_on", {
                  figure: inFigures(more(caps[reached], by.amount)),
                })}
          </p>
        </div>
      )}
      {(error ?? raise.error) && (
        <p role="alert" className="mt-4 text-rust">
          {messageOf(t, error ?? raise.error)}
        </p>
      )}
    </Dialog>
  );
}

/** What is spent of a cap by more than this play. */
function spentOf(
  kind: Cap,
  { today, thisMonth, artists }: Spending,
  { artist }: Track,
): money.Amount | undefined {
  const onArtist = artists.find(({ artistId }) => artistId === artist.id)?.spent;
  return { perPlay: undefined, perDay: today, perMonth: thisMonth, perArtist: onArtist }[kind];
}

/** With what the rest of the track costs, where that is less than the most that is offered. */
function choicesOf(
  rest: money.Amount | undefined,
  hint: string,
): { value: Step; label: string; hint?: string }[] {
  const steps = STEPS.map((value) => ({ value, label: value }));
  return rest && isLess(rest, "100")
    ? [
        { value: "rest", label: inFigures(rest, 0), hint },
        ...steps.filter(({ value }) => beats(value) !== rest.amount),
      ]
    : steps;
}

function more(cap: money.Amount | null | undefined, step: string): money.Amount {
  return { asset: "BEAT", amount: (BigInt(cap?.amount ?? "0") + BigInt(step)).toString() };
}

/** This play's cap is raised for this play alone; every other for good. */
async function raiseBy(kind: Cap, step: string, caps: Caps | undefined): Promise<void> {
  const { reading, raise } = usePaying.getState();
  if (!reading || kind !== "perPlay") {
    await putCaps({ [kind]: more(caps?.[kind], step) });
  }
  if (!reading) {
    usePaying.setState({ halt: undefined });
    usePlayer.getState().resume();
    return;
  }
  const play = kind === "perPlay" ? undefined : caps?.perPlay;
  // Where another cap was in the way, this play may cost what its own cap says, if it has one.
  const own =
    play && BigInt(play.amount) > reading.spent ? BigInt(play.amount) : reading.spent + BigInt(step);
  raise(kind === "perPlay" ? (reading.cap ?? reading.spent) + BigInt(step) : own);
}

function secondsFor(amount: string, price: string): number {
  return Number(BigInt(amount) / BigInt(price));
}
