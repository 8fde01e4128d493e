import { priceOf } from "@resonance/sdk";
import { Trans, useTranslation } from "react-i18next";
import { inFigures } from "../../ui/money.ts";
import { useOwns } from "../studio/pages.ts";
import type { Track } from "./queries.ts";

/** What pressing play costs, before it is pressed: the rate and what it comes to at most. */
export function PriceLine({ tracks, whole }: { tracks: readonly Track[]; whole: "track" | "release" }) {
  const { t } = useTranslation();
  const price = priceOf(tracks);
  const artists = new Set(tracks.filter((track) => track.pricePerSecond).map(({ artist }) => artist.id));
  const [artist] = artists;
  const isMine = useOwns(artists.size === 1 ? artist : undefined);
  if (!price) {
    return (
      <p className="text-13 text-soft">
        <span className="figure text-15 text-verdigris">{t("money.free")}</span> {t(`listen.free_${whole}`)}
      </p>
    );
  }
  const { low, high, most, partly } = price;
  const rate = low.amount === high.amount ? inFigures(low) : `${inFigures(low)}–${inFigures(high)}`;
  const figure = <span className="figure text-15 text-amber" />;
  if (isMine) {
    return (
      <p className="text-13 text-soft">
        <Trans i18nKey="listen.price_own" values={{ rate }} components={{ rate: figure }} />
      </p>
    );
  }
  return (
    <p className="text-13 text-soft">
      <Trans
        i18nKey={`listen.price_${whole}`}
        values={{ rate, most: inFigures(most) }}
        components={{ rate: figure, most: figure }}
      />
      {partly && <> · {t("listen.price_partly")}</>}
    </p>
  );
}
