import { create } from "zustand";

/** What a tab says of itself: whether it plays; without that it asks who does. */
interface Word {
  tab: string;
  plays?: boolean;
}

/** A tab that was just told to pause says so soon, or not at all. */
const PATIENCE_MS = 500;

const ours = Math.random().toString(36).slice(2);
const claims = open("resonance.player");
const words = open("resonance.playing");

/** The other tab of this browser that plays, while one does. */
export const useOtherTab = create<{ plays: string | undefined }>(() => ({ plays: undefined }));

/** How often another tab said that it plays. */
let heard = 0;

/** Says that this tab plays now: every other one pauses. */
export function claim(): void {
  claims?.postMessage(ours);
}

export function onOtherTab(act: () => void): void {
  claims?.addEventListener("message", ({ data }) => {
    if (data !== ours) {
      act();
    }
  });
}

/** Says whether this tab plays, so that the others can say so. */
export function tell(plays: boolean): void {
  words?.postMessage({ tab: ours, plays } satisfies Word);
}

/** Hears from now on which other tab plays, and answers whether this one does. */
export function listenToTabs(isPlaying: () => boolean): void {
  words?.addEventListener("message", ({ data }: MessageEvent<Word>) => {
    const { tab, plays } = data;
    if (plays) {
      heard += 1;
      useOtherTab.setState({ plays: tab });
    } else if (plays === false && useOtherTab.getState().plays === tab) {
      useOtherTab.setState({ plays: undefined });
    } else if (plays === undefined && isPlaying()) {
      tell(true);
    }
  });
  ask();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
}

/** Asks who plays. A tab that went without a word, as in a crash, does not answer, and is forgotten. */
function ask(): void {
  const before = heard;
  words?.postMessage({ tab: ours } satisfies Word);
  setTimeout(() => {
    if (heard === before) {
      useOtherTab.setState({ plays: undefined });
    }
  }, PATIENCE_MS);
}

/** Until no other tab plays; for one that went without a word nobody waits. */
export async function othersRest(): Promise<void> {
  await new Promise<void>((rests) => {
    const stop = useOtherTab.subscribe(({ plays }) => plays === undefined && end());
    const timer = setTimeout(end, PATIENCE_MS);
    function end() {
      stop();
      clearTimeout(timer);
      rests();
    }
    if (useOtherTab.getState().plays === undefined) {
      end();
    }
  });
  useOtherTab.setState({ plays: undefined });
}

function open(name: string): BroadcastChannel | undefined {
  return "BroadcastChannel" in window ? new BroadcastChannel(name) : undefined;
}
