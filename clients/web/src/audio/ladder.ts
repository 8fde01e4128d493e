import { ElementEngine } from "./elements.ts";
import type { Engine, Item, Listener, Supply } from "./engine.ts";
import { MseEngine } from "./mse.ts";

/** An iPhone plays on behind its lock only what a plain element plays. */
function isPhoneOfApple(): boolean {
  return (
    /iP(hone|ad|od)/.test(navigator.userAgent) ||
    (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1)
  );
}

/** Plays each item the best way that this browser has for it, as one engine. */
export class Ladder implements Engine {
  readonly #listener: Listener;
  readonly #plain: Engine;
  readonly #pieces: Engine | undefined;
  /** Addresses of what cannot be cut into pieces. */
  readonly #whole = new Set<string>();
  #active: Engine;
  #next: Item | undefined;
  #playing = false;

  constructor(supply: Supply, listener: Listener) {
    this.#listener = listener;
    const phone = isPhoneOfApple();
    const heard = (of: () => Engine | undefined): Listener => {
      const now = () => of() === this.#active;
      return {
        flow: (flowing) => now() && listener.flow(flowing),
        lost: (lost) => now() && listener.lost(lost),
        crossed: (item) => {
          if (now()) {
            this.#next = undefined;
            listener.crossed(item);
          }
        },
        ended: () => now() && this.#ended(),
        failed: (item, trouble) => now() && listener.failed(item, trouble),
        part: (item, part) => now() && listener.part(item, part),
        measured: (item, seconds) => now() && listener.measured(item, seconds),
        halted: () => now() && listener.halted(),
      };
    };
    this.#plain = new ElementEngine(
      phone ? [new Audio()] : [new Audio(), new Audio()],
      supply,
      heard(() => this.#plain),
    );
    this.#pieces =
      phone || !("MediaSource" in window)
        ? undefined
        : new MseEngine(
            new Audio(),
            supply,
            heard(() => this.#pieces),
            (item) => this.#unfit(item),
          );
    this.#active = this.#pieces ?? this.#plain;
  }

  #current: { item: Item; at: number } | undefined;

  load(item: Item, at: number, play: boolean): void {
    const engine = this.#for(item);
    if (engine !== this.#active) {
      this.#active.stop();
      this.#active = engine;
    }
    this.#current = { item, at };
    this.#next = undefined;
    this.#playing = play;
    engine.load(item, at, play);
  }

  follow(item: Item | undefined, later = false): void {
    this.#next = item;
    this.#active.follow(item && this.#for(item) === this.#active ? item : undefined, later);
  }

  play(): void {
    this.#playing = true;
    this.#active.play();
  }

  pause(): void {
    this.#playing = false;
    this.#active.pause();
  }

  seek(seconds: number): void {
    this.#active.seek(seconds);
  }

  position(): number {
    return this.#active.position();
  }

  buffered(): number {
    return this.#active.buffered();
  }

  setGain(gain: number): void {
    this.#plain.setGain(gain);
    this.#pieces?.setGain(gain);
  }

  setSpeed(speed: number): void {
    this.#plain.setSpeed(speed);
    this.#pieces?.setSpeed(speed);
  }

  stop(): void {
    this.#active.stop();
    this.#next = undefined;
  }

  #for(item: Item): Engine {
    return this.#pieces && !this.#whole.has(item.url) ? this.#pieces : this.#plain;
  }

  /** It cannot be cut up: it is played whole, now or when its turn comes. */
  #unfit(item: Item): void {
    this.#whole.add(item.url);
    if (item.key === this.#next?.key) {
      this.#active.follow(undefined);
    } else if (this.#current) {
      const next = this.#next;
      this.load(item, this.#current.at, this.#playing);
      this.follow(next);
    }
  }

  /** From one way of playing to another it goes at the end of an item. */
  #ended(): void {
    const item = this.#next;
    if (item) {
      this.load(item, 0, true);
      this.#listener.crossed(item);
    } else {
      this.#listener.ended();
    }
  }
}
