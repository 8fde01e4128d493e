import { Button as AriaButton } from "react-aria-components/Button";
import { useTranslation } from "react-i18next";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/class.ts";
import { Icon } from "../ui/icons.tsx";
import { Spinner } from "../ui/state.tsx";
import { usePlayer } from "./player.ts";

/** Starts and stops: the one thing that is paper-white. */
export function PlayButton({ size }: { size: 44 | 64 }) {
  const { t } = useTranslation();
  const playing = usePlayer((player) => player.playing);
  const waiting = usePlayer(({ state }) => state === "loading" || state === "reconnecting");
  const label = t(playing ? "player.pause" : "player.play");
  return (
    <AriaButton
      aria-label={label}
      onPress={() => usePlayer.getState().toggle()}
      render={(props) => <button {...props} title={label} />}
      className={cx(
        "grid shrink-0 cursor-pointer place-items-center rounded-full bg-paper text-lacquer transition-[scale] duration-(--motion-press) pressed:scale-92",
        size === 64 ? "size-16" : "size-11",
      )}
    >
      {waiting ? <Spinner /> : <Icon name={playing ? "pause" : "play"} size={size === 64 ? 28 : 20} />}
    </AriaButton>
  );
}

export function PreviousButton() {
  const { t } = useTranslation();
  return (
    <IconButton
      icon="previous"
      label={t("player.previous")}
      onPress={() => usePlayer.getState().previous()}
    />
  );
}

export function NextButton() {
  const { t } = useTranslation();
  const last = usePlayer(
    ({ queue }) =>
      queue.at + 1 >= queue.entries.length && (queue.repeat === "off" || queue.entries.length === 0),
  );
  return (
    <IconButton
      icon="next"
      label={t("player.next")}
      isDisabled={last}
      onPress={() => usePlayer.getState().next()}
    />
  );
}
