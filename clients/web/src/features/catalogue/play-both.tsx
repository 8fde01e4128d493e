import { useTranslation } from "react-i18next";
import { type Source, usePlayer } from "../../player/player.ts";
import { Button } from "../../ui/button.tsx";
import type { Track } from "./queries.ts";

/** Play and shuffle, each a button of its own; play becomes pause while something from here plays. */
export function PlayBoth({
  tracks,
  source,
}: {
  /** Undefined while they are on their way. */
  tracks: readonly Track[] | undefined;
  source: Source;
}) {
  const { t } = useTranslation();
  const here = usePlayer(({ current }) => tracks?.some(({ id }) => id === current?.id) ?? false);
  const playing = usePlayer((player) => here && player.playing);
  const there = tracks?.filter((track) => track.available) ?? [];
  // A file that was away may be there again: whoever presses play finds out.
  const playable = there.length > 0 ? there : (tracks ?? []);
  return (
    <div className="flex gap-3">
      <Button
        kind="primary"
        icon={playing ? "pause" : "play"}
        isDisabled={playable.length === 0}
        onPress={() => {
          const { play, toggle } = usePlayer.getState();
          if (here) {
            toggle();
          } else {
            play(playable, 0, source);
          }
        }}
      >
        {playing ? t("listen.pause") : t("listen.play")}
      </Button>
      {(tracks === undefined || tracks.length > 1) && (
        <Button
          icon="shuffle"
          isDisabled={playable.length < 2}
          onPress={() => usePlayer.getState().playShuffled(playable, source)}
        >
          {t("listen.shuffle")}
        </Button>
      )}
    </div>
  );
}
