import type { Packet, Sound } from "./demux/sound.ts";
import { nap } from "./time.ts";

/** Less than half a sample: a packet that ends where the window begins, give or take a rounding, is outside. */
const HAIR = 0.000_005;

/** Longer than anybody listens, in seconds. */
const LASTING = 1e7;

/** The timeline of one media element, as a strip of tape that is laid piece by piece. */
export class Strip {
  readonly #audio: HTMLAudioElement;
  readonly #source = new MediaSource();
  readonly #url = URL.createObjectURL(this.#source);
  readonly #open: Promise<void>;
  #buffer: SourceBuffer | undefined;
  #mime = "";
  #sound: Sound | undefined;
  /** Where the first sample of the item at hand would be. */
  #start = 0;
  #fresh = true;
  /** What was added, for how far into the timeline. */
  #sizes: { until: number; bytes: number }[] = [];

  constructor(audio: HTMLAudioElement) {
    this.#audio = audio;
    this.#open = new Promise((resolve) =>
      this.#source.addEventListener("sourceopen", () => resolve(), { once: true }),
    );
    audio.src = this.#url;
  }

  close(): void {
    URL.revokeObjectURL(this.#url);
    if (this.#audio.src === this.#url) {
      this.#audio.removeAttribute("src");
      this.#audio.load();
    }
  }

  /** Whether this place can be heard at once. */
  holds(place: number): boolean {
    const { buffered } = this.#audio;
    for (let index = 0; index < buffered.length; index++) {
      if (buffered.start(index) <= place && place < buffered.end(index) - 0.1) {
        return true;
      }
    }
    return false;
  }

  /** Whether it was said that nothing follows. */
  get isFinished(): boolean {
    return this.#source.readyState === "ended";
  }

  /** Where the sound ends that follows what is heard. */
  end(): number {
    const { buffered } = this.#audio;
    return buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
  }

  /** Takes all of it away. */
  async clear(signal: AbortSignal): Promise<void> {
    await this.cut(0, signal);
  }

  /** Takes away what is from `place` on. */
  async cut(place: number, signal: AbortSignal): Promise<void> {
    await this.#open;
    signal.throwIfAborted();
    this.#sizes = this.#sizes.filter(({ until }) => until <= place);
    if (this.#buffer) {
      await this.#idle(signal);
      // Whatever was half handed over is forgotten with it.
      if (this.#source.readyState === "open") {
        this.#buffer.abort();
      }
      const buffer = this.#buffer;
      if (buffer.buffered.length > 0) {
        await this.#change((it) => it.remove(place, Number.POSITIVE_INFINITY), signal);
      }
    }
    this.#lasting();
  }

  /** Makes ready for an item that begins at `start`, and of which nothing before `at` is wanted. */
  async begin(sound: Sound, start: number, at: number, signal: AbortSignal): Promise<void> {
    await this.#open;
    signal.throwIfAborted();
    if (!this.#buffer) {
      this.#buffer = this.#source.addSourceBuffer(sound.mime);
    } else {
      await this.#idle(signal);
      if (this.#mime !== sound.mime) {
        this.#buffer.changeType(sound.mime);
      }
    }
    const buffer = this.#buffer;
    this.#mime = sound.mime;
    this.#sound = sound;
    this.#start = start;
    this.#fresh = true;
    if (sound.init) {
      if (buffer.mode !== "segments") {
        buffer.mode = "segments";
      }
      buffer.timestampOffset = start - sound.delay / sound.rate;
      const { init } = sound;
      await this.#change((it) => it.appendBuffer(own(init)), signal);
    }
    // The end first: a window may not be empty even for a moment.
    buffer.appendWindowEnd = Number.POSITIVE_INFINITY;
    buffer.appendWindowStart = start + at + HAIR;
    this.#lasting();
  }

  /** Lays packets behind those before. */
  async add(packets: readonly Packet[], signal: AbortSignal): Promise<void> {
    const sound = this.#sound;
    const [first] = packets;
    const last = packets.at(-1);
    if (!sound || !this.#buffer || !first || !last) {
      return;
    }
    if (this.#fresh && !sound.init) {
      // A stream without times of its own is laid from here on.
      await this.#idle(signal);
      this.#buffer.timestampOffset = this.#start + (first.at - sound.delay) / sound.rate;
    }
    this.#fresh = false;
    const bytes = own(sound.wrap(packets));
    for (;;) {
      try {
        await this.#change((buffer) => buffer.appendBuffer(bytes), signal);
        break;
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") {
          throw error;
        }
        await this.#evict(signal);
      }
    }
    const until = this.#start + (last.at + last.samples - sound.delay) / sound.rate;
    this.#sizes.push({ until, bytes: bytes.length });
  }

  /** Lays the last packets of an item, up to where it ends. */
  async finishItem(packets: readonly Packet[], end: number, signal: AbortSignal): Promise<void> {
    if (this.#buffer) {
      await this.#idle(signal);
      this.#buffer.appendWindowEnd = Math.max(end - HAIR, this.#buffer.appendWindowStart + HAIR);
      await this.add(packets, signal);
    }
  }

  /** Waits until less than so much is there that was not heard yet. */
  async room(seconds: number, bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = this.#audio.currentTime;
      this.#sizes = this.#sizes.filter(({ until }) => until > now);
      const held = this.#sizes.reduce((sum, piece) => sum + piece.bytes, 0);
      if (this.end() - now < seconds && held < bytes) {
        return;
      }
      await nap(500, signal);
    }
  }

  /** Says that nothing follows: the element ends where the sound does. */
  async finish(signal: AbortSignal): Promise<void> {
    await this.#idle(signal);
    if (this.#source.readyState === "open") {
      this.#source.endOfStream();
    }
  }

  /** As long as nobody said where it ends, every place can be gone to: a browser refuses places behind the end. */
  #lasting(): void {
    if (this.#source.readyState === "open" && !this.#buffer?.updating) {
      this.#source.duration = LASTING;
    }
  }

  /** Makes room by taking away what was heard. */
  async #evict(signal: AbortSignal): Promise<void> {
    const heard = this.#audio.currentTime - 5;
    if (heard > 0 && this.holds(heard)) {
      await this.#change((buffer) => buffer.remove(0, heard), signal);
    } else {
      await nap(1000, signal);
    }
  }

  async #idle(signal: AbortSignal): Promise<void> {
    while (this.#buffer?.updating) {
      await new Promise((resolve) => this.#buffer?.addEventListener("updateend", resolve, { once: true }));
    }
    signal.throwIfAborted();
  }

  async #change(act: (buffer: SourceBuffer) => void, signal: AbortSignal): Promise<void> {
    await this.#idle(signal);
    const buffer = this.#buffer;
    if (!buffer) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        buffer.removeEventListener("updateend", done);
        buffer.removeEventListener("error", wrong);
      };
      const done = () => {
        settle();
        resolve();
      };
      const wrong = () => {
        settle();
        reject(new Error("the browser does not take this sound"));
      };
      buffer.addEventListener("updateend", done);
      buffer.addEventListener("error", wrong);
      try {
        act(buffer);
      } catch (error) {
        settle();
        reject(error);
      }
    });
    signal.throwIfAborted();
  }
}

/** The same bytes in memory that is ours alone, as the browser wants them. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
}
