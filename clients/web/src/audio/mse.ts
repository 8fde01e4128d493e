import { openSound } from "./demux/open.ts";
import { type Packet, type Sound, UnknownSound } from "./demux/sound.ts";
import type { Engine, Item, Listener, Supply } from "./engine.ts";
import { HttpBytes, RefusedBytes } from "./http.ts";
import { Strip } from "./strip.ts";
import { nap } from "./time.ts";

/** Where the first item begins: what an encoder puts before it needs room. */
const BASE = 10;
/** No more than this is fetched ahead of what is heard. */
const AHEAD_SECONDS = 90;
const AHEAD_BYTES = 6_000_000;
/**
 * Of what is paid for second by second, less: it is lost to a listener who goes to another place. At a new place less still,
 * until some of it was heard: whoever looks for a place goes to many.
 */
const PAID_AHEAD_SECONDS = 12;
const PAID_AT_FIRST_SECONDS = 4;
/** What a browser was told to end so soon, it ends there, whatever is laid behind it. */
const TOO_LATE_SECONDS = 1;
/** Packets held back until the end of an item is known; no encoder pads by more. */
const HELD = 8;

/** An item that has its place on the timeline. */
interface Laid {
  readonly item: Item;
  readonly start: number;
  /** Known when all of it is there. */
  end: number | undefined;
}

/** The kinds of files that this browser does not take in pieces. */
export class UnfitSound extends Error {
  override readonly name = "UnfitSound";
}

/**
 * Plays through Media Source Extensions: one media element, on whose timeline items are laid end to end, each without
 * what its encoder put around it. So a record runs through without a gap, in any tab, on any address.
 */
export class MseEngine implements Engine {
  readonly audio: HTMLAudioElement;
  readonly #listener: Listener;
  readonly #supply: Supply;
  /** An item is of a kind that this engine cannot play. */
  readonly #unfit: (item: Item) => void;
  #run = new AbortController();
  #next = new AbortController();
  #strip: Strip | undefined;
  #current: Laid | undefined;
  #coming: Laid | undefined;
  #wanted: Item | undefined;
  /** Something is to follow that is not known yet: until it is, nobody says that nothing follows. */
  #later = false;
  #wake = () => {};
  #gain = 1;
  #speed = 1;
  #boundary: ReturnType<typeof setTimeout> | undefined;
  /** Whether sound was asked for: a pause that was not is the system's. */
  #asked = false;
  /** A place on the timeline that the element was sent to and does not know of yet. */
  #sentTo: number | undefined;

  constructor(audio: HTMLAudioElement, supply: Supply, listener: Listener, unfit: (item: Item) => void) {
    this.audio = audio;
    this.#supply = supply;
    this.#listener = listener;
    this.#unfit = unfit;
    audio.preload = "auto";
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void) =>
      audio.addEventListener(name, () => this.#current && act());
    on("timeupdate", () => this.#cross());
    on("pause", () => this.#asked && !audio.ended && this.#listener.halted());
    on("waiting", () => {
      if (this.#later && !this.#coming && this.#isOver()) {
        this.#listener.ended();
      } else {
        this.#listener.flow(false);
      }
    });
    on("playing", () => {
      this.#listener.flow(true);
      this.#cross();
    });
    on("ended", () => {
      if (this.#coming?.end === undefined) {
        // It is not there in time: it is begun when its turn comes.
        this.#coming = undefined;
      }
      this.#cross();
      this.#listener.ended();
    });
    on("error", () => this.#current && this.#listener.failed(this.#current.item, "unsupported"));
  }

  load(item: Item, at: number, play: boolean): void {
    this.stop();
    const run = new AbortController();
    this.#run = run;
    this.#current = { item, start: BASE, end: undefined };
    this.#sentTo = BASE + at;
    const strip = new Strip(this.audio);
    this.#strip = strip;
    this.audio.defaultPlaybackRate = this.#speed;
    this.audio.playbackRate = this.#speed;
    this.audio.volume = this.#gain;
    if (play) {
      this.play();
    }
    void this.#keep(run.signal, strip, this.#current, at);
  }

  follow(item: Item | undefined, later = false): void {
    if (item?.key === this.#wanted?.key && item?.url === this.#wanted?.url && later === this.#later) {
      return;
    }
    this.#later = later;
    this.#wanted = item;
    this.#next.abort();
    this.#wake();
  }

  play(): void {
    this.#asked = true;
    this.audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError" && this.#current) {
        this.#listener.failed(this.#current.item, "blocked");
      }
    });
  }

  pause(): void {
    this.#asked = false;
    this.audio.pause();
  }

  seek(seconds: number): void {
    const { audio } = this;
    const current = this.#current;
    const strip = this.#strip;
    if (!current || !strip) {
      return;
    }
    const end = current.end ?? Number.POSITIVE_INFINITY;
    const target = Math.min(current.start + Math.max(0, seconds), end - 0.05);
    if (this.#sentTo === undefined && strip.holds(target)) {
      audio.currentTime = target;
      this.#aim();
      return;
    }
    this.#run.abort();
    const run = new AbortController();
    this.#run = run;
    this.#coming = undefined;
    const anew = { item: current.item, start: current.start, end: undefined };
    this.#current = anew;
    this.#sentTo = target;
    void this.#keep(run.signal, strip, anew, target - current.start);
  }

  position(): number {
    const current = this.#current;
    return current ? Math.max(0, (this.#sentTo ?? this.audio.currentTime) - current.start) : 0;
  }

  buffered(): number {
    const current = this.#current;
    if (!current || !this.#strip) {
      return 0;
    }
    const end = this.#strip.end();
    return Math.max(0, Math.min(end, current.end ?? end) - current.start);
  }

  setGain(gain: number): void {
    this.#gain = gain;
    this.audio.volume = gain;
  }

  setSpeed(speed: number): void {
    this.#speed = speed;
    this.audio.defaultPlaybackRate = speed;
    this.audio.playbackRate = speed;
    this.#aim();
  }

  stop(): void {
    this.#asked = false;
    this.#sentTo = undefined;
    this.#run.abort();
    this.#next.abort();
    clearTimeout(this.#boundary);
    this.#current = undefined;
    this.#coming = undefined;
    this.#wanted = undefined;
    this.#later = false;
    this.#strip?.close();
    this.#strip = undefined;
  }

  /** Lays the current item, and then whatever is to follow, for as long as `signal` lets it. */
  async #keep(signal: AbortSignal, strip: Strip, first: Laid, at: number): Promise<void> {
    try {
      await strip.clear(signal);
      this.#stand(first.start + at, signal);
      await this.#lay(signal, strip, first, at);
      let last = first;
      while (!signal.aborted) {
        const item = this.#wanted;
        if (this.#coming && this.#coming.item !== item) {
          // Another one is to follow than the one that was laid, or was being laid.
          this.#coming = undefined;
          await strip.cut(last.end ?? 0, signal);
          continue;
        }
        const later = this.#later;
        if (!item || this.#coming || this.#isTooLate(strip, last)) {
          if (!this.#coming && !later) {
            await strip.finish(signal);
          }
          // What is wanted meanwhile wakes nobody.
          if (this.#wanted === item && this.#later === later) {
            await this.#woken(signal);
          }
          if (!this.#coming && this.#current && this.#current !== last) {
            last = this.#current;
          }
          continue;
        }
        this.#next = new AbortController();
        const laid: Laid = { item, start: last.end ?? BASE, end: undefined };
        this.#coming = laid;
        try {
          await this.#lay(AbortSignal.any([signal, this.#next.signal]), strip, laid, 0);
        } catch (error) {
          if (!this.#next.signal.aborted || signal.aborted) {
            throw error;
          }
        }
        if (this.#current === laid) {
          last = laid;
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error);
        // Whatever is wrong with the next one, this one is heard to its end.
        await strip.finish(signal).catch(() => {});
      }
    }
  }

  /** The element stands at this place from now on, sound or not. */
  #stand(place: number, signal: AbortSignal): void {
    const { audio } = this;
    const stand = () => {
      if (!signal.aborted) {
        audio.currentTime = place;
        this.#sentTo = undefined;
      }
    };
    if (audio.readyState > 0) {
      stand();
    } else {
      audio.addEventListener("loadedmetadata", stand, { once: true, signal });
    }
  }

  #fail(error: unknown): void {
    const item = (this.#coming ?? this.#current)?.item;
    this.#coming = undefined;
    if (!item) {
      return;
    }
    if (error instanceof UnknownSound || error instanceof UnfitSound) {
      this.#unfit(item);
    } else if (error instanceof RefusedBytes) {
      this.#listener.failed(item, error.reason);
    } else {
      console.error(error);
      this.#listener.failed(item, "unsupported");
    }
  }

  /** Puts the sound of an item, from `at` on, to its place on the timeline. */
  async #lay(signal: AbortSignal, strip: Strip, laid: Laid, at: number): Promise<void> {
    const { item, start } = laid;
    const bytes = new HttpBytes(item.url, {
      fetch: (request) => this.#supply.fetch(request),
      renew: () => this.#supply.renew(item),
      trouble: (lost) => this.#listener.lost(lost),
      pause: (ms) => nap(ms, signal),
      ...(item.paid && { released: () => this.#supply.released() }),
    });
    signal.addEventListener("abort", () => bytes.close(), { once: true });
    await bytes.read(0);
    this.#listener.part(item, bytes.part);
    signal.throwIfAborted();
    // What the encoder put around the whole says nothing of a part, which is a file of its own.
    const sound = await openSound(bytes, bytes.part ? undefined : item.gapless);
    if (!MediaSource.isTypeSupported(sound.mime)) {
      throw new UnfitSound(sound.mime);
    }
    await strip.begin(sound, start, at, signal);
    await this.#feed(signal, strip, laid, sound, at);
    bytes.close();
    this.#aim();
  }

  async #feed(signal: AbortSignal, strip: Strip, laid: Laid, sound: Sound, at: number): Promise<void> {
    const packets = sound.packets(sound.delay + Math.floor(at * sound.rate));
    let held: Packet[] = [];
    // The first piece is small, so that the sound begins at once.
    let wanted = 0.3;
    for (;;) {
      const { done, value } = await packets.next();
      signal.throwIfAborted();
      if (done) {
        laid.end = laid.start + (value - sound.delay) / sound.rate;
        await strip.finishItem(held, laid.end, signal);
        return;
      }
      held.push(value);
      const ready = held.length - HELD;
      const seconds = ready > 0 ? (value.at - (held[0]?.at ?? 0)) / sound.rate : 0;
      if (seconds >= wanted) {
        await strip.add(held.slice(0, ready), signal);
        held = held.slice(ready);
        wanted = 1;
        const heard = Math.max(0, this.audio.currentTime - (laid.start + at));
        const most = this.#supply.isShort() ? PAID_AT_FIRST_SECONDS : PAID_AHEAD_SECONDS;
        const paid = Math.min(most, PAID_AT_FIRST_SECONDS + heard);
        await strip.room(laid.item.paid ? paid : AHEAD_SECONDS, AHEAD_BYTES, signal);
      }
    }
  }

  /** Whether what is laid behind the end of `last` would not be heard any more. */
  #isTooLate(strip: Strip, last: Laid): boolean {
    return strip.isFinished && (last.end ?? 0) - this.audio.currentTime < TOO_LATE_SECONDS;
  }

  /** Whether all of the current item was heard. */
  #isOver(): boolean {
    const end = this.#current?.end;
    return end !== undefined && this.audio.currentTime >= end - 0.3;
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  /** Sees whether the next item has begun to sound. */
  #cross(): void {
    const coming = this.#coming;
    if (coming && this.audio.currentTime >= coming.start - 0.002) {
      this.#current = coming;
      this.#coming = undefined;
      this.#wanted = undefined;
      this.#later = false;
      // What is still laid of it is the current one's from now on, whatever follows.
      this.#next = new AbortController();
      this.#listener.crossed(coming.item);
      this.#wake();
    }
    this.#aim();
  }

  /** Looks again just when the next item begins: the element itself tells of the time four times a second. */
  #aim(): void {
    clearTimeout(this.#boundary);
    const coming = this.#coming;
    if (coming && !this.audio.paused) {
      const left = (coming.start - this.audio.currentTime) / this.#speed;
      if (left < 2) {
        this.#boundary = setTimeout(() => this.#cross(), Math.max(4, left * 1000));
      }
    }
  }
}
