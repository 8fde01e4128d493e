import type { Sleep } from "./player.ts";

/** The sound goes down for so long before it stops. */
const FADE_MS = 8000;

interface Bedside {
  /** How much of the volume there is to be, from 0 to 1. */
  gain(part: number): void;
  rest(): void;
  tell(sleep: Sleep | undefined): void;
}

/** Stops the music after a while, softly. */
export class SleepTimer {
  readonly #bedside: Bedside;
  #timer: ReturnType<typeof setInterval> | undefined;
  #atEnd = false;

  constructor(bedside: Bedside) {
    this.#bedside = bedside;
  }

  get atEndOfTrack(): boolean {
    return this.#atEnd;
  }

  /** After so many minutes, at the end of the track, or not at all. */
  set(when: number | "track" | undefined): void {
    clearInterval(this.#timer);
    this.#bedside.gain(1);
    this.#atEnd = when === "track";
    if (when === undefined || when === "track") {
      this.#bedside.tell(when && { until: undefined });
      return;
    }
    const until = Date.now() + when * 60_000;
    this.#bedside.tell({ until });
    this.#timer = setInterval(() => {
      const left = until - Date.now();
      if (left > FADE_MS) {
        return;
      }
      if (left > 0) {
        this.#bedside.gain(left / FADE_MS);
        return;
      }
      this.#bedside.rest();
      this.set(undefined);
    }, 200);
  }
}
