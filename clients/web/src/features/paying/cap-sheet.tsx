import { type money, restOf } from "@resonance/sdk";
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
import { useOwn } from "../wallet/balance.ts";
import { type Caps, capsQuery, putCaps, type Spending, spendingQuery } from "./caps.ts";
import { roomAfter, spentOf } from "./room.ts";
import { minorOf, STEPS, type Step, stepFor } from "./steps.ts";

/** So often, and so long, what is spent is asked for again while the answer lacks the last second. */
const ASK_MS = 1_000;
const LONGEST_MS = 10_000;

/** The cap is reached: by how much it is raised, if at all. */
export function CapSheet({ track, onClose }: { track: Track; onClose: () => void }) {
  const { t } = useTranslation();
  const reading = usePaying((paying) => paying.reading);
  const { data: caps, error, isPending } = useQuery(capsQuery);
  const [opened] = useState(() => Date.now());
  const reached = usePaying((paying) => paying.reachedCap) ?? "perPlay";
  const ofPlay = reading?.spent ?? 0n;
  const price = BigInt(reading?.price ?? track.pricePerSecond?.amount ?? 0);
  const spentBy = (spending: Spending | undefined) => {
    const cap = caps?.[reached];
    return cap && spending && spentOf(reached, cap, spending, track.artist.id, ofPlay, price);
  };
  // Where it cannot be had the cap is raised without it. The last second is in it a moment after it was heard: what is left of
  // the other caps is asked for again for a while, and what is spent of this one until it is told.
  const { data: spending } = useQuery({
    ...spendingQuery,
    refetchInterval: ({ state: { data } }) =>
      (reached === "perPlay" || !spentBy(data)) && Date.now() < opened + LONGEST_MS ? ASK_MS : false,
  });
  const [rest] = useState(() => restOf(track, place().ms));
  const [chosen, setStep] = useState<Step>();
  const step = chosen ?? stepFor(rest, caps?.[reached]);
  const by = { asset: "BEAT", amount: step === "rest" && rest ? rest.amount : minorOf(step) };
  const raise = useMutation({
    mutationFn: () => raiseBy(reached, by.amount, caps),
    onSuccess: onClose,
  });
  const spent = spentBy(spending);
  const free = nextFree();
  const own = useOwn(by.asset);
  const room =
    caps && price > 0n
      ? roomAfter({ kind: reached, by }, caps, spending, track.artist.id, ofPlay, {
          own: own && BigInt(own.amount),
          cap: reading?.cap,
          price,
        })
      : undefined;
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
          {room && (
            <p className="text-13 text-soft">
              {t("player.paying.cap_sheet.buys")} <span className="figure">{clock(room.seconds * 1000)}</span>
              {room.ends !== reached && t(`player.paying.cap_sheet.then.${room.ends}`)}
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

/** With what the rest of the track costs, where that is less than the most that is offered. */
function choicesOf(
  rest: money.Amount | undefined,
  hint: string,
): { value: Step; label: string; hint?: string }[] {
  const steps = STEPS.map((value) => ({ value, label: value }));
  return rest && BigInt(rest.amount) < BigInt(minorOf("100"))
    ? [
        { value: "rest", label: inFigures(rest, 0), hint },
        ...steps.filter(({ value }) => minorOf(value) !== rest.amount),
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
