import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/button.tsx";
import { usePlayer } from "./player.ts";

/** How loud, in even steps to the ear; and silence at one press. */
export function Volume() {
  const { t } = useTranslation();
  const volume = usePlayer((player) => player.volume);
  const muted = usePlayer((player) => player.muted);
  const { setVolume, setMuted } = usePlayer.getState();
  const shown = muted ? 0 : volume;
  return (
    <div className="flex items-center">
      <IconButton
        icon={shown === 0 ? "mute" : "volume"}
        label={t(muted ? "player.unmute" : "player.mute")}
        onPress={() => setMuted(!muted)}
      />
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={shown}
        aria-label={t("player.volume")}
        aria-valuetext={`${Math.round(shown * 100)} %`}
        onChange={(event) => setVolume(event.currentTarget.valueAsNumber)}
        className="h-11 w-20 cursor-pointer accent-paper"
      />
    </div>
  );
}
