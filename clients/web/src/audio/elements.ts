import type { Engine, Item, Listener, Supply, Trouble } from "./engine.ts";

/** So long before the end the next element is started: what it takes a browser to begin. */
const LEAD_MS = 25;

/**
 * Plays with media elements alone, for what cannot be cut up. With two, the next item stands ready before the first
 * one ends; with one, as a locked phone wants it, it follows by a change of address.
 */
export class ElementEngine implements Engine {
  readonly #elements: readonly HTMLAudioElement[];
  readonly #listener: Listener;
  readonly #supply: Supply;
  #active: HTMLAudioElement;
  #current: Item | undefined;
  #next: Item | undefined;
  #at = 0;
  #handover: ReturnType<typeof setTimeout> | undefined;
  #renewed = false;
  /** Whether sound was asked for: a pause that was not is the system's. */
  #asked = false;

  constructor(
    elements: readonly [HTMLAudioElement, ...HTMLAudioElement[]],
    supply: Supply,
    listener: Listener,
  ) {
    this.#elements = elements;
    [this.#active] = elements;
    this.#supply = supply;
    this.#listener = listener;
    for (const element of elements) {
      this.#attend(element);
    }
  }

  #attend(element: HTMLAudioElement): void {
    element.preload = "auto";
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void) =>
      element.addEventListener(name, () => element === this.#active && this.#current && act());
    on("playing", () => {
      this.#listener.lost(false);
      this.#listener.flow(true);
    });
    on("pause", () => this.#asked && !element.ended && !element.error && this.#listener.halted());
    on("waiting", () => this.#listener.flow(false));
    on("stalled", () => navigator.onLine || this.#listener.lost(true));
    on("timeupdate", () => this.#aim());
    on("ended", () => this.#ended());
    on("error", () => void this.#broken());
    on("durationchange", () => {
      if (this.#current && Number.isFinite(element.duration)) {
        this.#listener.measured(this.#current, element.duration);
      }
    });
    on("loadedmetadata", () => {
      if (this.#at > 0) {
        element.currentTime = this.#at;
        this.#at = 0;
      }
    });
  }

  load(item: Item, at: number, play: boolean): void {
    this.stop();
    this.#current = item;
    this.#at = at;
    this.#renewed = false;
    this.#active.src = item.url;
    if (play) {
      this.play();
    }
  }

  follow(item: Item | undefined): void {
    this.#next = item;
    const spare = this.#spare();
    if (spare && item && spare.getAttribute("src") !== item.url) {
      spare.src = item.url;
    }
    this.#aim();
  }

  play(): void {
    this.#asked = true;
    this.#active.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError" && this.#current) {
        this.#listener.failed(this.#current, "blocked");
      }
    });
  }

  pause(): void {
    this.#asked = false;
    this.#active.pause();
  }

  seek(seconds: number): void {
    if (this.#active.readyState > 0) {
      this.#active.currentTime = Math.max(0, seconds);
    } else {
      this.#at = Math.max(0, seconds);
    }
  }

  position(): number {
    return this.#at || this.#active.currentTime;
  }

  buffered(): number {
    const { buffered, currentTime } = this.#active;
    for (let index = 0; index < buffered.length; index++) {
      if (buffered.start(index) <= currentTime + 0.1 && currentTime <= buffered.end(index)) {
        return buffered.end(index);
      }
    }
    return currentTime;
  }

  setGain(gain: number): void {
    for (const element of this.#elements) {
      element.volume = gain;
    }
  }

  setSpeed(speed: number): void {
    for (const element of this.#elements) {
      element.defaultPlaybackRate = speed;
      element.playbackRate = speed;
    }
  }

  stop(): void {
    this.#asked = false;
    clearTimeout(this.#handover);
    this.#current = undefined;
    this.#next = undefined;
    for (const element of this.#elements) {
      if (element.hasAttribute("src")) {
        element.pause();
        element.removeAttribute("src");
        element.load();
      }
    }
  }

  #spare(): HTMLAudioElement | undefined {
    return this.#elements.find((element) => element !== this.#active);
  }

  /** Near the end, sets the moment at which the other element begins. */
  #aim(): void {
    clearTimeout(this.#handover);
    const { duration, currentTime, playbackRate, paused } = this.#active;
    const left = ((duration - currentTime) * 1000) / playbackRate;
    if (this.#next && this.#spare() && !paused && left < 1500) {
      this.#handover = setTimeout(() => this.#cross(), Math.max(0, left - LEAD_MS));
    }
  }

  #ended(): void {
    if (this.#next) {
      this.#cross();
    } else {
      this.#listener.ended();
    }
  }

  #cross(): void {
    clearTimeout(this.#handover);
    const item = this.#next;
    if (!item) {
      return;
    }
    this.#next = undefined;
    this.#current = item;
    this.#renewed = false;
    const spare = this.#spare();
    if (spare) {
      this.#active = spare;
    } else {
      this.#active.src = item.url;
    }
    this.play();
    this.#listener.crossed(item);
  }

  /** An address that ran out is renewed once, and the sound goes on where it was. */
  async #broken(): Promise<void> {
    const item = this.#current;
    const element = this.#active;
    const kind = element.error?.code;
    if (!item) {
      return;
    }
    const at = this.position();
    const playing = !element.paused;
    if (item.paid && kind === MediaError.MEDIA_ERR_NETWORK) {
      // The browser asked for more than is released yet.
      await this.#supply.released().catch(() => {});
      if (this.#current === item) {
        this.#at = at;
        element.src = item.url;
        if (playing) {
          this.play();
        }
      }
      return;
    }
    if (!this.#renewed && kind !== MediaError.MEDIA_ERR_DECODE) {
      this.#renewed = true;
      try {
        const url = await this.#supply.renew(item);
        if (this.#current === item) {
          this.#at = at;
          element.src = url;
          if (playing) {
            this.play();
          }
        }
        return;
      } catch {
        // What is wrong with it is told below.
      }
    }
    const trouble: Trouble = kind === MediaError.MEDIA_ERR_NETWORK ? "network" : "unsupported";
    this.#listener.failed(item, trouble);
  }
}
