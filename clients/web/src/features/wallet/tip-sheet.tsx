import { ApiError, ask, money } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { inFigures, whyNoSum } from "../../ui/money.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { moneyMoved, useAvailable } from "./balance.ts";
import { useIntention } from "./intention.ts";
import { Sum, unitOf } from "./sum.tsx";

/** What may be given. */
const ASSETS = ["BEAT", "BTN"] as const;
type Given = (typeof ASSETS)[number];

interface TipSheetProps {
  artist: { id: string; displayName: string };
  onClose: () => void;
}

export function TipSheet({ artist, onClose }: TipSheetProps) {
  const { t } = useTranslation();
  const [asset, setAsset] = useState<Given>("BEAT");
  const [typed, setTyped] = useState("5");
  const [tried, setTried] = useState(false);
  const intention = useIntention();
  const available = useAvailable(asset);
  const amount = money.parse(asset, typed);
  const isSum = amount !== undefined && BigInt(amount.amount) > 0n;
  const noFigure = t("wallet.top_up.no_figure");
  const isMore = isSum && available !== undefined && BigInt(amount.amount) > BigInt(available.amount);
  const wrong = isMore
    ? t("error.code.insufficient_funds")
    : isSum
      ? undefined
      : (whyNoSum(t, asset, typed, noFigure) ?? noFigure);
  const give = useMutation({
    mutationFn: (sum: money.Amount) =>
      ask(
        server.api.POST("/api/v1/me/tips", {
          params: { header: { "Idempotency-Key": intention.key(`${sum.asset}:${sum.amount}`) } },
          body: { artistId: artist.id, asset: sum.asset, amount: sum.amount },
        }),
      ),
    onSuccess: (_, { asset: given, amount: sum }) => {
      intention.over();
      moneyMoved({ asset: given, amount: `-${sum}` });
      const figure = `${inFigures({ asset: given, amount: sum })} ${unitOf(t, given)}`;
      toast(t("wallet.tip.given", { figure, name: artist.displayName }));
      onClose();
    },
    onError: (error) => {
      if (error instanceof ApiError) {
        intention.over();
      }
    },
  });
  return (
    <Dialog sheet isOpen onClose={onClose} title={t("wallet.tip.title", { name: artist.displayName })}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (isSum && !isMore && !give.isPending) {
            give.mutate(amount);
          }
        }}
      >
        <RadioGroup
          label={t("wallet.tip.what")}
          value={asset}
          onChange={setAsset}
          choices={ASSETS.map((value) => ({ value, label: unitOf(t, value) }))}
        />
        <TextField
          label={t(asset === "BEAT" ? "wallet.tip.amount_beats" : "wallet.tip.amount_points")}
          inputMode="decimal"
          autoFocus
          value={typed}
          onChange={(text) => {
            setTyped(text);
            // What was said of another sum says nothing of this one.
            give.reset();
          }}
          error={tried ? wrong : undefined}
          hint={
            available && (
              <>
                {t("wallet.tip.can_give")} <Sum amount={available} />
              </>
            )
          }
          className="[&_input]:figure"
        />
        <p className="text-13 text-faint">{t(asset === "BEAT" ? "wallet.tip.beats" : "wallet.tip.points")}</p>
        <div role="alert">{give.error && <p className="text-rust">{messageOf(t, give.error)}</p>}</div>
        <div className="flex flex-wrap justify-end gap-3">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" kind="primary" busy={give.isPending}>
            {t("wallet.tip.give")}
            {isSum && <Sum amount={amount} />}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
