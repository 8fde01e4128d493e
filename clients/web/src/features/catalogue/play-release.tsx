import { type Price, priceOf } from "@resonance/sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "../../app/query.ts";
import { usePlayer } from "../../player/player.ts";
import { IconButton } from "../../ui/button.tsx";
import { Rate } from "../../ui/figures.tsx";
import { messageOf } from "../../ui/state.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Album, albumTracksQuery } from "./queries.ts";

/** The round button on a sleeve: plays the release, or stops and goes on with it. Its price is shown before it plays. */
export function PlayRelease({ release }: { release: Album }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [price, setPrice] = useState<Price>();
  const current = usePlayer((player) => player.current?.album?.id === release.id);
  const playing = usePlayer((player) => current && player.playing);

  const ask = async () => {
    const tracks = await queryClient.ensureQueryData(albumTracksQuery(release.id));
    const found = priceOf(tracks);
    setPrice(found);
    return { tracks, isNews: found !== undefined && price === undefined };
  };
  const press = async () => {
    const { play, toggle } = usePlayer.getState();
    if (current) {
      toggle();
      return;
    }
    setBusy(true);
    try {
      const { tracks, isNews } = await ask();
      if (isNews) {
        // The next press knows what it costs.
        return;
      }
      play(tracks, 0, { kind: "release", id: release.id, title: release.title });
    } catch (error) {
      toast(messageOf(t, error));
    } finally {
      setBusy(false);
    }
  };

  if (release.trackCount === 0) {
    return null;
  }
  return (
    // As large as the sleeve, of which it leaves all but itself to what is below.
    <div className="pointer-events-none absolute inset-x-0 top-0 flex aspect-square items-end justify-end p-2">
      {price && !current && (
        <span className="me-1 rounded-full bg-bed px-2 py-1 text-13">
          <Rate price={price.high} />
        </span>
      )}
      <IconButton
        icon={playing ? "pause" : "play"}
        label={t(playing ? "listen.pause_of" : "listen.play_of", { title: release.title })}
        isDisabled={busy}
        onPress={() => void press()}
        onHoverStart={() => void ask().catch(() => {})}
        onFocus={({ target }) => target.matches(":focus-visible") && void ask().catch(() => {})}
        className={`pointer-events-auto bg-paper text-lacquer! hover:opacity-90 focus-shown:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100 ${current || price ? "" : "opacity-0"}`}
      />
    </div>
  );
}
