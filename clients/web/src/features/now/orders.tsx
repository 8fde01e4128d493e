import { queue as queues } from "@resonance/sdk";
import { useTranslation } from "react-i18next";
import { usePaying } from "../../player/paying.ts";
import { type Sleep, usePlayer } from "../../player/player.ts";
import { NEXT_REPEAT } from "../../player/repeats.ts";
import { IconButton } from "../../ui/button.tsx";
import type { MenuEntry } from "../../ui/menu.tsx";
import { MenuButton } from "../../ui/menu.tsx";

const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;
const MINUTES = [5, 15, 30, 45, 60] as const;

/** In which order, how fast and how long it plays. */
export function Orders() {
  const { t } = useTranslation();
  const shuffled = usePlayer(({ queue }) => queue.unshuffled !== undefined);
  const repeat = usePlayer(({ queue }) => queue.repeat);
  const speed = usePlayer((player) => player.speed);
  const sleep = usePlayer((player) => player.sleep);
  // What is paid for by the second is heard by the second.
  const paid = usePaying(({ reading }) => reading !== undefined);
  const { setShuffled, change, setSpeed, setSleep } = usePlayer.getState();
  return (
    <div className="flex flex-wrap items-center justify-center gap-2">
      <IconButton
        icon="shuffle"
        label={t(shuffled ? "player.now.shuffle_on" : "player.now.shuffle_off")}
        aria-pressed={shuffled}
        onPress={() => setShuffled(!shuffled)}
        className={shuffled ? "bg-rise text-paper" : ""}
      />
      <IconButton
        icon={repeat === "one" ? "repeat_one" : "repeat"}
        label={t(`player.now.repeat_${repeat}`)}
        onPress={() => change((queue) => queues.setRepeat(queue, NEXT_REPEAT[repeat]))}
        className={repeat === "off" ? "" : "bg-rise text-paper"}
      />
      {!paid && (
        <Chosen shown={speed === 1 ? undefined : `${speed}×`}>
          <MenuButton
            icon="speed"
            label={t("player.now.speed_value", { speed })}
            entries={SPEEDS.map((each) => ({
              id: String(each),
              label: `${each}×`,
              ...(each === speed ? { icon: "check" as const } : {}),
              do: () => setSpeed(each),
            }))}
          />
        </Chosen>
      )}
      <Chosen shown={useLeft(sleep)}>
        <MenuButton icon="sleep" label={t("player.now.sleep")} entries={useSleepEntries(setSleep)} />
      </Chosen>
    </div>
  );
}

function useSleepEntries(setSleep: (when: number | "track" | undefined) => void): readonly MenuEntry[] {
  const { t } = useTranslation();
  return [
    { id: "off", label: t("player.now.sleep_off"), do: () => setSleep(undefined) },
    ...MINUTES.map((count) => ({
      id: String(count),
      label: t("player.now.sleep_minutes", { count }),
      do: () => setSleep(count),
    })),
    { id: "track", label: t("player.now.sleep_track"), do: () => setSleep("track") },
  ];
}

/** What was chosen stands beside the button that chooses it. */
function Chosen({ shown, children }: { shown: string | undefined; children: React.ReactNode }) {
  return (
    <span className="flex items-center">
      {children}
      {shown && <span className="figure pe-2 text-13">{shown}</span>}
    </span>
  );
}

function useLeft(sleep: Sleep | undefined): string | undefined {
  const { t, i18n } = useTranslation();
  if (!sleep) {
    return undefined;
  }
  return sleep.until === undefined
    ? t("player.now.sleep_track")
    : new Intl.DateTimeFormat(i18n.language, { hour: "numeric", minute: "2-digit" }).format(sleep.until);
}
