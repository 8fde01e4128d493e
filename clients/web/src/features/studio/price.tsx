import { ask, money } from "@resonance/sdk";
import { shareOfAll } from "@resonance/sdk/division";
import { WHOLE } from "@resonance/sdk/release";
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Rate } from "../../ui/figures.tsx";
import { inFigures, inPercent } from "../../ui/money.ts";
import { instanceQuery } from "../wallet/pay-in.ts";
import { WhatBeats } from "../wallet/what-beats.tsx";
import { useAutosave } from "./autosave.ts";
import { priceOf, whyDear, whyNoPrice, written } from "./price-text.ts";
import { changeTrack, splitsQuery, type Track } from "./queries.ts";
import { SavedText } from "./saved-field.tsx";

/** What each second of a track costs; empty or 0 is free. */
export function PriceField({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { id } = track;
  const before = written(track.pricePerSecond);
  /** A price that was asked about, and is meant. */
  const sure = useRef(before);
  const auto = useAutosave({
    field: `${id}/pricePerSecond`,
    value: before,
    check: (text) => whyNoPrice(t, text) ?? (text === sure.current ? undefined : whyDear(t, text)),
    save: (text) => changeTrack(id, { pricePerSecond: priceOf(text) ?? null }),
    load: async () =>
      written(
        (await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))).pricePerSecond,
      ),
  });
  const price = priceOf(auto.value);
  const isAsked = auto.wrong !== undefined && price !== undefined;
  return (
    <div>
      <SavedText
        auto={auto}
        pointer="/pricePerSecond"
        label={t("studio.price.label")}
        placeholder={t("money.free")}
        hint={
          <>
            {price !== undefined && <Whole price={price} durationMs={track.durationMs} />}{" "}
            {price && <Own track={track} price={price} />}
            <span className="block">
              <WhatBeats />
            </span>
          </>
        }
      />
      {isAsked && (
        <Button
          className="mt-2"
          onPress={() => {
            sure.current = auto.value;
            auto.set(auto.value);
            auto.commit();
          }}
        >
          {t("studio.price.sure")}
        </Button>
      )}
    </div>
  );
}

/** What of the price is the page's own, where that is not all of it. */
function Own({ track, price }: { track: Track; price: money.Amount }) {
  const { t } = useTranslation();
  const { data: split } = useQuery(splitsQuery(track.id));
  const { data: instance } = useQuery(instanceQuery);
  if (!split || !instance) {
    return null;
  }
  const feeBp = instance.platformFeeBp;
  const part = split.shares.find(({ artistId }) => artistId === track.artist.id)?.basisPoints ?? 0;
  const own = shareOfAll(feeBp, part);
  if (own === WHOLE) {
    return null;
  }
  const amount = (BigInt(price.amount) * BigInt(own)) / BigInt(WHOLE);
  return (
    <span className="block">
      {t("studio.price.own", {
        percent: inPercent(own),
        figure: inFigures({ ...price, amount: String(amount) }),
      })}{" "}
      {feeBp > 0 && t("studio.price.fee", { percent: inPercent(feeBp) })}
    </span>
  );
}

/** What the whole of it costs at that price. */
export function Whole({ price, durationMs }: { price: money.Amount | null; durationMs: number }) {
  const { t } = useTranslation();
  if (!price) {
    return (
      <>
        <Rate price={null} /> · {t("studio.price.free_hint")}
      </>
    );
  }
  return (
    <>
      <Rate price={price} /> · {t("studio.price.whole")}{" "}
      <span className="text-amber">
        <span className="figure">{inFigures(money.times(price, Math.ceil(durationMs / 1000)))}</span>{" "}
        {t("money.unit")}
      </span>
    </>
  );
}
