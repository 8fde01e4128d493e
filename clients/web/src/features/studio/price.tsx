import { ask, money } from "@resonance/sdk";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { Rate } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { useAutosave } from "./autosave.ts";
import { priceOf, whyDear, whyNoPrice, written } from "./price-text.ts";
import { changeTrack, type Track } from "./queries.ts";
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
        hint={price === undefined ? undefined : <Whole price={price} durationMs={track.durationMs} />}
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
      <span className="figure text-amber">{inFigures(money.times(price, Math.ceil(durationMs / 1000)))}</span>
    </>
  );
}
