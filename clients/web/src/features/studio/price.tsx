import { ask, money } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { server } from "../../app/client.ts";
import { Rate } from "../../ui/figures.tsx";
import { inFigures } from "../../ui/money.ts";
import { useAutosave } from "./autosave.ts";
import { priceOf, whyNoPrice, written } from "./price-text.ts";
import { changeTrack, type Track } from "./queries.ts";
import { SavedText } from "./saved-field.tsx";

/** What each second of a track costs; empty or 0 is free. */
export function PriceField({ track }: { track: Track }) {
  const { t } = useTranslation();
  const { id } = track;
  const auto = useAutosave({
    field: `${id}/pricePerSecond`,
    value: written(track.pricePerSecond),
    check: (text) => whyNoPrice(t, text),
    save: (text) => changeTrack(id, { pricePerSecond: priceOf(text) ?? null }),
    load: async () =>
      written(
        (await ask(server.api.GET("/api/v1/tracks/{id}", { params: { path: { id } } }))).pricePerSecond,
      ),
  });
  const price = priceOf(auto.value);
  return (
    <SavedText
      auto={auto}
      pointer="/pricePerSecond"
      label={t("studio.price.label")}
      placeholder={t("money.free")}
      hint={price === undefined ? undefined : <Whole price={price} durationMs={track.durationMs} />}
    />
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
