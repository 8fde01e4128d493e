import { money } from "@resonance/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { inField, whyNoSum } from "../../ui/money.ts";
import { Failure, messageOf, Skeleton } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Caps, capsQuery, KINDS, putCaps } from "./caps.ts";

/** What listening may cost at most: on a play, in a day, in a month, on an artist. */
export function CapsSettings() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(capsQuery);
  return (
    <div className="grid max-w-[44rem] gap-4">
      <p className="max-w-[60ch] text-soft">{t("player.paying.caps.what")}</p>
      {error && !data && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-44 w-full" />}
      {data && <Form key={JSON.stringify(data)} caps={data} />}
    </div>
  );
}

type Typed = Record<(typeof KINDS)[number], string>;

function Form({ caps }: { caps: Caps }) {
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

function textOf(amount: money.Amount | null | undefined): string {
  return amount ? inField(amount) : "";
}

function capOf(text: string): money.Amount | undefined {
  return money.parse("BEAT", text);
}
