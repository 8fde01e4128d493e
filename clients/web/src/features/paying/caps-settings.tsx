import { money } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePaying } from "../../player/paying.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { inField, inFigures, whyNoSum } from "../../ui/money.ts";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Caps, capsQuery, KINDS, putCaps, type Spending, spendingQuery } from "./caps.ts";

/** How often it is asked what is spent, while something is paid for. */
const ASK_MS = 5_000;

/** What listening may cost at most: on a play, in a day, in a month, on an artist. */
export function CapsSettings() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(capsQuery);
  // Where it cannot be had the caps are set without it.
  const isRunning = usePaying(({ reading }) => reading?.phase === "running");
  const { data: spending } = useQuery({ ...spendingQuery, refetchInterval: isRunning && ASK_MS });
  return (
    <div className="grid max-w-[44rem] gap-4">
      <p className="max-w-[60ch] text-soft">{t("player.paying.caps.what")}</p>
      {error && !data && <Failure error={error} retry={() => refetch()} />}
      {!data && !error && <Skeleton className="h-44 w-full" />}
      {data && <Form key={JSON.stringify(data)} caps={data} spending={spending} />}
    </div>
  );
}

type Typed = Record<(typeof KINDS)[number], string>;

function Form({ caps, spending }: { caps: Caps; spending: Spending | undefined }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>(() => ({
    perPlay: textOf(caps.perPlay),
    perDay: textOf(caps.perDay),
    perMonth: textOf(caps.perMonth),
    perArtist: textOf(caps.perArtist),
  }));
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: (change: Caps) => putCaps(change),
    onSuccess: () => toast(t("player.paying.caps.saved")),
  });
  const wrong = (kind: keyof Typed) =>
    typed[kind].trim() === ""
      ? undefined
      : whyNoSum(t, "BEAT", typed[kind], t("player.paying.caps.no_figure"));
  const isSame = KINDS.every((kind) => typed[kind] === textOf(caps[kind]));
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!KINDS.some(wrong)) {
          save.mutate(Object.fromEntries(KINDS.map((kind) => [kind, capOf(typed[kind]) ?? null])));
        }
      }}
    >
      <div className="grid items-start gap-4 @min-[40rem]:grid-cols-2">
        {KINDS.map((kind) => (
          <TextField
            key={kind}
            label={t(`player.paying.caps.${kind}`)}
            inputMode="decimal"
            placeholder={t("player.paying.caps.none")}
            value={typed[kind]}
            onChange={(text) => setTyped((before) => ({ ...before, [kind]: text }))}
            error={tried ? wrong(kind) : undefined}
            hint={spending && spentOf(t, kind, spending, caps[kind])}
            className="[&_input]:figure"
          />
        ))}
      </div>
      {save.error && (
        <p role="alert" className="text-rust">
          {messageOf(t, save.error)}
        </p>
      )}
      <div>
        <Button type="submit" busy={save.isPending} isDisabled={isSame}>
          {t("action.save")}
        </Button>
      </div>
    </form>
  );
}

/** How much of a cap is spent, in words; of an artist's for the one on whom it was most. */
function spentOf(
  t: TFunction,
  kind: (typeof KINDS)[number],
  { today, thisMonth, artists: [most] }: Spending,
  cap: money.Amount | null | undefined,
): string | undefined {
  const spent = { perPlay: undefined, perDay: today, perMonth: thisMonth, perArtist: most?.spent }[kind];
  if (kind === "perPlay" || !spent) {
    return undefined;
  }
  const figures = { spent: inFigures(spent, 0), name: most?.name };
  return cap
    ? t(`player.paying.caps.spent.${kind}_of`, { ...figures, cap: inFigures(cap, 0) })
    : t(`player.paying.caps.spent.${kind}`, figures);
}

function textOf(amount: money.Amount | null | undefined): string {
  return amount ? inField(amount) : "";
}

function capOf(text: string): money.Amount | undefined {
  return money.parse("BEAT", text);
}
