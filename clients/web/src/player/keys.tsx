import { queue as queues } from "@resonance/sdk";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { place } from "./clock.ts";
import { usePlayer } from "./player.ts";
import { useQueuePanel } from "./queue-panel.ts";
import { NEXT_REPEAT } from "./repeats.ts";

const KeyList = lazy(() => import("./key-list.tsx"));

/** Keys that belong to what has the focus. */
export function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  if (target.isContentEditable || target.closest("input:not([type=range]), textarea, select")) {
    return true;
  }
  // A list jumps to the row that begins with the letter, and a space presses what has the focus.
  if (target.closest("[role=menu], [role=listbox], [role=dialog], [role=alertdialog], [role=combobox]")) {
    return true;
  }
  const pressed = target.closest(
    "button, a, summary, [role=button], [role=row], [role=tab], [role=checkbox]",
  );
  return key === " " && pressed !== null;
}

const VOLUME_STEP = 0.1;

function act({ key, shiftKey }: KeyboardEvent): boolean {
  const player = usePlayer.getState();
  const { toggle, next, previous, seek, setMuted, setVolume, muted, volume, current } = player;
  if (!current) {
    return false;
  }
  // Which signs are typed with Shift differs from keyboard to keyboard.
  switch (shiftKey && /^[a-z]$/i.test(key) ? `Shift+${key.toUpperCase()}` : key.toLowerCase()) {
    case " ":
    case "k":
      toggle();
      return true;
    case "Shift+N":
      next();
      return true;
    case "Shift+P":
      previous();
      return true;
    case "j":
      seek(place().ms - 10_000);
      return true;
    case "l":
      // No part of what a page loads before it is seen.
      void import("../features/catalogue/likes.ts").then(({ toggleLike }) => toggleLike(current));
      return true;
    case ";":
      seek(place().ms + 10_000);
      return true;
    case "m":
      setMuted(!muted);
      return true;
    case "s":
      player.setShuffled(player.queue.unshuffled === undefined);
      return true;
    case "r":
      player.change((queue) => queues.setRepeat(queue, NEXT_REPEAT[queue.repeat]));
      return true;
    case "q":
      useQueuePanel.setState(({ open }) => ({ open: !open }));
      return true;
    case "-":
      setVolume(volume - VOLUME_STEP);
      return true;
    case "+":
    case "=":
      setVolume(volume + VOLUME_STEP);
      return true;
    default:
      return false;
  }
}

/** The keys that work on every screen, and their list. */
export function useGlobalKeys(): ReactNode {
  const [listed, setListed] = useState(false);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.altKey && event.code === "KeyB") {
        event.preventDefault();
        void import("./say-meter.ts").then(({ sayMeter }) => sayMeter());
        return;
      }
      if (
        event.defaultPrevented ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        isTaken(event.target, event.key)
      ) {
        return;
      }
      if (event.key === "?") {
        setListed(true);
      } else if (!act(event)) {
        return;
      }
      event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
  return (
    listed && (
      <Suspense fallback={null}>
        <KeyList onClose={() => setListed(false)} />
      </Suspense>
    )
  );
}
