import { isRetryable, queue as queues } from "@resonance/sdk";
import type { Trouble } from "../audio/engine.ts";
import { Amplifier } from "./amplifier.ts";
import { tellPlace } from "./clock.ts";
import { Deck } from "./deck.ts";
import { listenToKeys } from "./media-session.ts";
import { usePaying } from "./paying.ts";
import { type Deeds, type Source, type Track, usePlayer } from "./player.ts";
import { sendWaiting, showPlaying } from "./reports.ts";
import { type Left, SharedQueue } from "./shared-queue.ts";
import { SleepTimer } from "./sleep.ts";
import { keepPlace, keepQueue, keptPlace, keptQueue } from "./store.ts";
import { claim, listenToTabs, onOtherTab, othersRest, tell } from "./tabs.ts";
import { remember, trackOf } from "./tracks.ts";

type Queue = queues.Queue<Source>;

/** Within so many milliseconds of its beginning, "previous" leads to the track before. */
const RESTART_MS = 3000;
/** So many tracks in a row that cannot be played are passed over; then it stays and says so. */
const PATIENCE = 4;
/** What could not be looked up for want of a server is asked for again so much later, or when the line is back. */
const LAY_AGAIN_MS = 5000;

const { getState: get, setState: set } = usePlayer;

/** Where the queue, the deck and the world outside meet. */
export class Room implements Deeds {
  readonly #deck: Deck;
  readonly #amplifier: Amplifier;
  readonly #sleep: SleepTimer;
  readonly #shared: SharedQueue;
  #failures = 0;
  #layAgain: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#deck = new Deck({
      crossed: (key) => this.#crossed(key),
      ended: () => this.#ended(),
      failed: (reason, wanted) => this.#failed(reason, wanted),
      sounds: () => {
        this.#failures = 0;
      },
      moved: () => this.#keep(),
    });
    this.#amplifier = new Amplifier(this.#deck);
    this.#sleep = new SleepTimer({
      gain: (part) => this.#amplifier.setPart(part),
      rest: () => this.pause(),
      tell: (sleep) => set({ sleep }),
    });
    this.#shared = new SharedQueue({
      left: () => this.#left(),
      take: (left) => this.#take(left),
      empty: () => this.change(() => queues.empty()),
      isPlaying: () => get().playing,
    });
    usePaying.setState({
      raise: (cap) => {
        this.#deck.raise(cap);
        this.resume();
      },
      preview: () => this.#preview(),
      end: () => this.#deck.close(false),
    });
    listenToKeys({
      play: () => this.resume(),
      pause: () => this.pause(),
      next: () => this.next(),
      previous: () => this.previous(),
      seek: (ms) => this.seek(ms),
      place: () => this.#deck.ms,
    });
    onOtherTab(() => this.pause());
    listenToTabs(() => get().playing);
    usePlayer.subscribe(({ playing }, before) => playing !== before.playing && tell(playing));
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("online", () => {
      this.#layWaiting();
      void sendWaiting();
    });
    void sendWaiting();
  }

  /** Takes up what was left at the last visit, here or on another device of the account, paused. */
  async takeUp(): Promise<void> {
    this.#amplifier.takeUp();
    const queue = await keptQueue();
    // Not before: an empty queue would be kept in the place of the one that is about to be read.
    usePlayer.subscribe(({ queue }, before) => {
      if (queue !== before.queue) {
        keepQueue(queue);
        this.#shared.changed(queue.entries === before.queue.entries ? "place" : "tracks");
      }
    });
    const entry = queue && queues.current(queue);
    const begun = get().queue;
    if (begun.entries.length > 0) {
      // Play was pressed before this was there.
      keepQueue(begun);
      this.#shared.changed("tracks");
    } else if (queue && entry) {
      this.#shared.quietly(() => set({ queue }));
      await this.#lay(entry, keptPlace(entry.id));
    }
    await this.#shared.meet();
  }

  /** Shows an entry that is not played yet. */
  async #lay(entry: queues.Entry, ms: number): Promise<void> {
    try {
      const track = await trackOf(entry.id);
      const { current, playing, queue } = get();
      if (queues.current(queue)?.key === entry.key && !current && !playing) {
        this.#deck.lay(track, ms);
      }
    } catch (error) {
      // One that is not to be seen any more is asked for again when it is to be played.
      if (isRetryable(error)) {
        clearTimeout(this.#layAgain);
        this.#layAgain = setTimeout(() => this.#layWaiting(), LAY_AGAIN_MS);
      }
    }
  }

  /** Shows what there was no server to ask about before: without it there is nothing to press. */
  #layWaiting(): void {
    clearTimeout(this.#layAgain);
    const { current, playing, queue } = get();
    const entry = queues.current(queue);
    if (entry && !current && !playing) {
      void this.#lay(entry, keptPlace(entry.id));
    }
  }

  play(tracks: readonly Track[], index = 0, source?: Source): void {
    remember(tracks);
    const ids = tracks.map(({ id }) => id);
    this.#begin(queues.play(get().queue, ids, index, source));
  }

  playShuffled(tracks: readonly Track[], source?: Source): void {
    remember(tracks);
    const ids = tracks.map(({ id }) => id);
    const first = Math.floor(Math.random() * ids.length);
    this.#begin(queues.shuffle(queues.play(get().queue, ids, first, source), seed()));
  }

  playNext(tracks: readonly Track[]): void {
    this.#add(tracks, queues.playNext);
  }

  enqueue(tracks: readonly Track[]): void {
    this.#add(tracks, queues.enqueue);
  }

  #add(tracks: readonly Track[], into: (queue: Queue, ids: readonly string[]) => Queue): void {
    remember(tracks);
    const before = get().queue;
    const queue = into(
      before,
      tracks.map(({ id }) => id),
    );
    if (queues.current(before)) {
      this.#put(queue);
    } else {
      this.#begin(queue);
    }
  }

  pause(): void {
    this.#deck.pause();
  }

  resume(): void {
    const entry = queues.current(get().queue);
    if (entry) {
      claim();
      void this.#deck.resume(entry).then(() => this.#follow());
    }
  }

  /** Goes on with what another tab plays, where that is; what is paid for in this one goes on as it is. */
  async takeOver(): Promise<void> {
    claim();
    await othersRest();
    const { reading, halt } = usePaying.getState();
    const kept = reading || halt ? undefined : await keptQueue();
    const ids = kept?.entries.map(({ id }) => id) ?? [];
    if (!kept || ids.length === 0) {
      this.resume();
      return;
    }
    this.#deck.close(false);
    const { at, repeat, source } = kept;
    const queue = { ...queues.adopt(get().queue, ids, at, false), repeat, source };
    set({ queue });
    const entry = queues.current(queue);
    if (entry) {
      void this.#deck.load(entry, keptPlace(entry.id), true).then(() => this.#follow());
    }
  }

  seek(ms: number): void {
    const entry = queues.current(get().queue);
    if (!this.#deck.seek(ms) && entry) {
      this.#deck.close(false);
      void this.#deck.load(entry, ms, get().playing).then(() => this.#follow());
    }
  }

  next(): void {
    const queue = queues.advance(get().queue, "pressed");
    if (queue) {
      this.#begin(queue);
    }
  }

  previous(): void {
    const queue = this.#deck.playedMs > RESTART_MS ? undefined : queues.goBack(get().queue);
    if (queue) {
      this.#begin(queue);
    } else {
      this.seek(0);
    }
  }

  jump(key: number): void {
    this.#begin(queues.jump(get().queue, key));
  }

  change(by: (queue: Queue) => Queue): void {
    const before = queues.current(get().queue);
    const queue = by(get().queue);
    const now = queues.current(queue);
    if (now?.key === before?.key) {
      this.#put(queue);
    } else if (now) {
      this.#begin(queue, get().playing);
    } else {
      set({ queue });
      this.#deck.clear();
    }
  }

  setShuffled(on: boolean): void {
    this.#put(on ? queues.shuffle(get().queue, seed()) : queues.unshuffle(get().queue));
  }

  setVolume(volume: number): void {
    this.#amplifier.setVolume(volume);
  }

  setMuted(muted: boolean): void {
    this.#amplifier.setMuted(muted);
  }

  setSpeed(speed: number): void {
    this.#amplifier.setSpeed(speed);
  }

  setSleep(when: number | "track" | undefined): void {
    this.#sleep.set(when);
    this.#follow();
  }

  /** The queue as it is from now on; the same goes on playing. */
  #put(queue: Queue): void {
    set({ queue });
    this.#follow();
  }

  /** Plays the current entry of this queue from its beginning. */
  #begin(queue: Queue, play = true): void {
    this.#deck.close(false);
    set({ queue });
    if (play) {
      claim();
    }
    this.#load(play);
  }

  #load(play: boolean): void {
    const entry = queues.current(get().queue);
    if (entry) {
      void this.#deck.load(entry, 0, play).then(() => this.#follow());
    }
  }

  /** Plays what of the current track costs nothing. */
  #preview(): void {
    const entry = queues.current(get().queue);
    if (entry) {
      this.#deck.close(false);
      claim();
      void this.#deck.load(entry, 0, true, true).then(() => this.#follow());
    }
  }

  /** Has ready what plays after this by itself. */
  #follow(): void {
    const entry = this.#sleep.atEndOfTrack ? undefined : queues.upcoming(get().queue);
    this.#deck.follow(entry, () => this.#follow());
  }

  #crossed(key: number): queues.Entry | undefined {
    const queue = queues.advance(get().queue, "ended");
    const entry = queue && queues.current(queue);
    if (!queue || entry?.key !== key) {
      return undefined;
    }
    this.#failures = 0;
    set({ queue });
    // Once it is what plays, what follows it can be made ready.
    queueMicrotask(() => this.#follow());
    return entry;
  }

  #ended(): void {
    const { previewEnd } = this.#deck;
    this.#deck.close(true);
    const queue = queues.advance(get().queue, "ended");
    const rests = this.#sleep.atEndOfTrack;
    if (rests) {
      this.#sleep.set(undefined);
    }
    if (queue && !rests) {
      set({ queue });
      claim();
      this.#load(true);
      return;
    }
    // It stands at the beginning of what would follow, or of the last one.
    set({ queue: queue ?? get().queue, playing: false });
    this.#load(false);
    if (!queue) {
      set({ previewEnd });
    }
    showPlaying(null, 0);
  }

  #failed(reason: Trouble, wanted: boolean): void {
    this.#failures += 1;
    const queue = queues.advance(get().queue, "pressed");
    if (wanted && queue && this.#failures < PATIENCE && reason !== "network" && reason !== "log_in") {
      const { turn } = this.#deck;
      setTimeout(() => turn === this.#deck.turn && get().state === "failed" && this.#begin(queue), 2500);
    }
  }

  #keep(): void {
    const { current } = get();
    if (current) {
      keepPlace(current.id, this.#deck.ms);
      this.#shared.changed(get().playing ? "moment" : "place");
    }
  }

  #leave(): void {
    // What rests was kept when it came to rest: another tab may be further by now.
    if (get().playing) {
      this.#keep();
    }
    this.#deck.close(false, true);
    tell(false);
    this.#shared.leave();
  }

  #left(): Left {
    const { queue } = get();
    return {
      ids: queue.entries.map(({ id }) => id),
      at: queue.at,
      ms: Math.max(0, Math.round(this.#deck.ms)),
      repeat: queue.repeat,
      source: queue.source,
    };
  }

  /** Takes over what another device left. What plays here goes on, where it is among it. */
  #take({ ids, at, ms, repeat, source }: Left): boolean {
    const { playing, queue: before } = get();
    const { reading, halt } = usePaying.getState();
    const here = this.#left();
    // What is being paid for and rests is for its listener to end, not for another device.
    const isPaidFor = reading !== undefined || halt !== undefined;
    const stays = playing || isPaidFor || (ids[at] === here.ids[here.at] && ms === here.ms);
    const queue = { ...queues.adopt(before, ids, at, stays), repeat, source };
    const [was, now] = [queues.current(before), queues.current(queue)];
    if (playing && was?.key !== now?.key) {
      return false;
    }
    if (!now) {
      set({ queue });
      this.#deck.clear();
    } else if (stays && was?.key === now.key) {
      this.#put(queue);
    } else {
      // Nothing of it is loaded before it is played.
      this.#deck.clear();
      set({ queue });
      keepPlace(now.id, ms);
      void this.#lay(now, ms);
    }
    tellPlace();
    return true;
  }
}

function seed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
