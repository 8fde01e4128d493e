import { gainOf } from "../audio/engine.ts";
import { usePlayer } from "./player.ts";
import { keepSound, keptSound } from "./store.ts";

interface Speaker {
  setGain(gain: number): void;
  setSpeed(speed: number): void;
}

const { getState: get, setState: set } = usePlayer;

/** How loud and how fast, kept for the next visit. */
export class Amplifier {
  readonly #speaker: Speaker;
  /** How much of the volume is let through, as while one falls asleep. */
  #part = 1;

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
    this.#apply();
    speaker.setSpeed(get().speed);
  }

  takeUp(): void {
    const { volume, muted, speed } = keptSound();
    this.setVolume(volume);
    this.setMuted(muted);
    this.setSpeed(speed);
  }

  setVolume(volume: number): void {
    set({ volume: Math.min(1, Math.max(0, volume)), ...(volume > 0 ? { muted: false } : {}) });
    this.#keep();
  }

  setMuted(muted: boolean): void {
    set({ muted });
    this.#keep();
  }

  setSpeed(speed: number): void {
    set({ speed: Math.min(2, Math.max(0.5, speed)) });
    this.#speaker.setSpeed(get().speed);
    this.#keep();
  }

  /** From 0 to 1 of what is chosen. */
  setPart(part: number): void {
    this.#part = part;
    this.#apply();
  }

  #keep(): void {
    this.#apply();
    keepSound(get());
  }

  #apply(): void {
    const { volume, muted } = get();
    this.#speaker.setGain(muted ? 0 : gainOf(volume) * this.#part);
  }
}
