import type { Gapless } from "./demux/sound.ts";

/** One piece of sound that an engine is given to play. */
export interface Item {
  /** Tells this place in the queue from every other. */
  readonly key: number;
  readonly url: string;
  /** How long it is said to be. */
  readonly seconds: number;
  readonly gapless: Gapless | undefined;
  /** Its bytes follow payment: what is not released yet comes later. */
  readonly paid: boolean;
}

/** A part of a track, in milliseconds of it. */
export interface Part {
  readonly startMs: number;
  readonly lengthMs: number;
}

export type Trouble = "missing" | "away" | "refused" | "log_in" | "network" | "unsupported" | "blocked";

/** What an engine tells of itself. */
export interface Listener {
  /** Sound comes out, or stopped coming while it was wanted. */
  flow(flowing: boolean): void;
  /** The server cannot be reached, or can again. What is buffered goes on. */
  lost(lost: boolean): void;
  /** By itself it went on to the item that was to follow. */
  crossed(item: Item): void;
  /** The last sample of the last item was heard. */
  ended(): void;
  failed(item: Item, trouble: Trouble): void;
  /** Which part of an item's track its sound is: all of it unless said. Told before a sample of it is heard. */
  part(item: Item, part: Part | undefined): void;
  /** How long an item really is, from an engine that cannot tell which part it was given. */
  measured(item: Item, seconds: number): void;
  /** The system paused it: a call, a pulled plug, another app. */
  halted(): void;
}

/** Plays one item and the one after it. Seconds are those of the item. */
export interface Engine {
  load(item: Item, at: number, play: boolean): void;
  /**
   * What is to follow by itself when the current one has ended. `later`: that comes to be known only shortly before, and is
   * waited for up to the end.
   */
  follow(item: Item | undefined, later?: boolean): void;
  play(): void;
  pause(): void;
  seek(seconds: number): void;
  position(): number;
  /** How far the current item can be heard without the server. */
  buffered(): number;
  /** From 0 to 1, as the amplifier has it. */
  setGain(gain: number): void;
  setSpeed(speed: number): void;
  /** Silent and without an item, ready for the next load. */
  stop(): void;
}

/** What an engine asks of the app around it. */
export interface Supply {
  fetch(request: Request): Promise<Response>;
  /** Another address for the same sound; throws when there is none. */
  renew(item: Item): Promise<string>;
  /** More of an item that is paid for may be had by then. */
  released(): Promise<void>;
  /** Of what is paid for, no more than the least is to be fetched ahead. */
  isShort(): boolean;
}

/** As the ear has it, to as the amplifier has it: even steps sound even. */
export function gainOf(volume: number): number {
  return Math.min(1, Math.max(0, volume)) ** 3;
}
