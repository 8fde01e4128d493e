import { money, priceOf } from "@resonance/sdk";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Trans, useTranslation } from "react-i18next";
import { usePaying } from "../../player/paying.ts";
import { type Track, usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { inFigures } from "../../ui/money.ts";
import { RadioGroup } from "../../ui/radio-group.tsx";
import { messageOf } from "../../ui/state.tsx";
import { useOwn } from "../wallet/balance.ts";
import { agree, putCaps } from "./caps.ts";

const CHOICES = ["25", "60", "none"] as const;

/** Before the first beat is spent: what it costs, that it pauses by itself, and how much a play may cost at most. */
export function FirstSheet({ track, onClose }: { track: Track; onClose: () => void }) {
  const { t } = useTranslation();
  const [most, setMost] = useState<(typeof CHOICES)[number]>("60");
  const start = useMutation({
    mutationFn: async () => {
      if (most !== "none") {
        await putCaps({ perPlay: money.parse("BEAT", most) ?? null });
      }
      agree();
    },
    onSuccess: () => {
      onClose();
      if (lacks) {
        usePaying.setState({ sheet: "balance" });
      } else {
        usePlayer.getState().resume();
      }
    },
  });
  const own = useOwn("BEAT");
  // Where there is nothing for a single second, paying in comes first, and what was to play begins after it.
  const lacks = own !== undefined && BigInt(own.amount) < BigInt(track.pricePerSecond?.amount ?? 0);
  const price = priceOf([track]);
  const figure = <span className="figure text-amber" />;
  return (
    <Dialog
      sheet
      isOpen
      onClose={onClose}
      title={t("player.paying.first.title")}
      actions={
        <>
          <Button
            onPress={() => {
              onClose();
              usePaying.getState().preview();
            }}
          >
            {t("player.paying.preview")}
          </Button>
          <Button
            kind="primary"
            icon={lacks ? "add" : "play"}
            busy={start.isPending}
            onPress={() => start.mutate()}
          >
            {t(lacks ? "player.paying.top_up" : "player.play")}
          </Button>
        </>
      }
    >
      <ul className="mb-6 grid gap-2 text-soft">
        {price && (
          <li>
            <Trans
              i18nKey="player.paying.first.rate"
              values={{ rate: inFigures(price.low), most: inFigures(price.most) }}
              components={{ rate: figure, most: figure }}
            />
          </li>
        )}
        {own && (
          <li>
            {BigInt(own.amount) === 0n ? (
              t("player.paying.first.have_none")
            ) : (
              <Trans
                i18nKey="player.paying.first.have"
                values={{ figure: inFigures(own) }}
                components={{ figure: <span className="figure" /> }}
              />
            )}
          </li>
        )}
        <li>{t("player.paying.first.pauses")}</li>
        <li>{t("player.paying.first.receipt")}</li>
      </ul>
      <RadioGroup
        label={t("player.paying.first.most")}
        value={most}
        onChange={setMost}
        choices={CHOICES.map((value) => ({
          value,
          label: value === "none" ? t("player.paying.caps.none") : value,
        }))}
      />
      {most !== "none" && <p className="mt-3 text-13 text-soft">{t("player.paying.first.stays")}</p>}
      {start.error && (
        <p role="alert" className="mt-4 text-rust">
          {messageOf(t, start.error)}
        </p>
      )}
    </Dialog>
  );
}
