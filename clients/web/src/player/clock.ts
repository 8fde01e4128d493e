import { useSyncExternalStore } from "react";

/** Where the sound is, in milliseconds of the track. */
export interface Place {
  readonly ms: number;
  /** How far it can be heard without the server. */
  readonly bufferedMs: number;
}

let source = (): Place => ({ ms: 0, bufferedMs: 0 });
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Says where the place is read from. */
export function readPlaceFrom(read: () => Place): void {
  source = read;
  tellPlace();
}

/** The place jumped: whoever shows it looks again at once. */
export function tellPlace(): void {
  for (const watcher of watchers) {
    watcher();
  }
}

export function place(): Place {
  return source();
}

/** Calls back a few times a second, and whenever the place jumps. */
export function watchPlace(watcher: () => void): () => void {
  watchers.add(watcher);
  timer ??= setInterval(tellPlace, 200);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The place in whole seconds: a component that shows it is drawn once a second and no more. */
export function useSeconds(): number {
  return useSyncExternalStore(watchPlace, () => Math.floor(source().ms / 1000));
}
