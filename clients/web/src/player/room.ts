import { ApiError, ask, queue as queues } from "@resonance/sdk";
import { server } from "../app/client.ts";
import { gainOf, type Item, type Trouble } from "../audio/engine.ts";
import { RefusedBytes } from "../audio/http.ts";
import { Ladder } from "../audio/ladder.ts";
import { after, atRest, type Lifeline, type Sign, shown } from "../audio/lifeline.ts";
import { readPlaceFrom, tellPlace } from "./clock.ts";
import { gaplessOf } from "./gapless.ts";
import { Heard } from "./heard.ts";
import { listenToKeys, showState, showTrack } from "./media-session.ts";
import { type Deeds, type Source, type Track, usePlayer } from "./player.ts";
import { report, sendWaiting, showPlaying, uuid } from "./reports.ts";
import { SleepTimer } from "./sleep.ts";
import { keepPlace, keepQueue, keepSound, keptPlace, keptQueue, keptSound } from "./store.ts";
import { claim, onOtherTab } from "./tabs.ts";
import { knownTrack, remember, trackOf } from "./tracks.ts";

type Queue = queues.Queue<Source>;

/** Within so many milliseconds of its beginning, "previous" leads to the track before. */
const RESTART_MS = 3000;
/** So many tracks in a row that cannot be played are passed over; then it stays and says so. */
const PATIENCE = 4;

const { getState: get, setState: set } = usePlayer;

/** Where the queue, the engine and the world outside meet. */
export class Room implements Deeds {
  readonly #engine: Ladder;
  readonly #sleep: SleepTimer;
  #line: Lifeline = atRest;
  #heard: Heard | undefined;
  /** What the engine holds; none after a reload until it is played. */
  #loaded: { item: Item; track: Track } | undefined;
  /** Where to begin when it is loaded, in milliseconds of the track. */
  #startAt = 0;
  #failures = 0;
  /** What was asked for last: answers to earlier questions count no more. */
  #turn = 0;

  constructor() {
    this.#engine = new Ladder(
      { fetch: (request) => server.session.fetch(request), renew: (item) => this.#renew(item) },
      {
        flow: (is) => this.#sign({ kind: "flowing", is, now: Date.now() }),
        lost: (is) => this.#sign({ kind: "lost", is, now: Date.now() }),
        crossed: (item) => this.#crossed(item),
        ended: () => this.#ended(),
        failed: (item, trouble) => this.#failed(item, trouble),
        measured: (item, seconds) => this.#measured(item, seconds),
        halted: () => this.pause(),
      },
    );
    this.#sleep = new SleepTimer({
      gain: (part) => this.#engine.setGain(this.#gain() * part),
      rest: () => this.pause(),
      tell: (sleep) => set({ sleep }),
    });
    this.#engine.setGain(this.#gain());
    this.#engine.setSpeed(get().speed);
    readPlaceFrom(() => ({ ms: this.#ms(), bufferedMs: this.#offset() + this.#engine.buffered() * 1000 }));
    listenToKeys({
      play: () => this.resume(),
      pause: () => this.pause(),
      next: () => this.next(),
      previous: () => this.previous(),
      seek: (ms) => this.seek(ms),
      place: () => this.#ms(),
    });
    onOtherTab(() => this.pause());
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("online", () => void sendWaiting());
    setInterval(() => this.#tick(), 1000);
    void sendWaiting();
  }

  /** Takes up what was left at the last visit, paused. */
  async takeUp(): Promise<void> {
    const { volume, muted, speed } = keptSound();
    this.setVolume(volume);
    this.setMuted(muted);
    this.setSpeed(speed);
    const queue = await keptQueue();
    // Not before: an empty queue would be kept in the place of the one that is about to be read.
    usePlayer.subscribe(({ queue }, before) => queue !== before.queue && keepQueue(queue));
    const entry = queue && queues.current(queue);
    if (!queue || !entry || get().queue.entries.length > 0) {
      return;
    }
    set({ queue });
    const turn = ++this.#turn;
    try {
      const track = await trackOf(entry.id);
      if (turn === this.#turn) {
        this.#startAt = keptPlace(entry.id);
        set({ current: track, state: "paused" });
        showTrack(track);
        tellPlace();
      }
    } catch {
      // Away or not to be seen any more: it is asked for again when it is to be played.
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
    if (!get().playing) {
      return;
    }
    this.#engine.pause();
    this.#sign({ kind: "wanted", is: false, now: Date.now() });
    this.#keep();
    showPlaying(null, 0);
  }

  resume(): void {
    const { queue, current } = get();
    if (!queues.current(queue)) {
      return;
    }
    claim();
    if (this.#loaded && this.#loaded.track === current && get().state !== "failed") {
      this.#engine.play();
      this.#sign({ kind: "wanted", is: true, now: Date.now() });
      showPlaying(this.#loaded.track.id, this.#ms());
    } else {
      void this.#load(this.#loaded ? this.#ms() : this.#startAt, true);
    }
  }

  seek(ms: number): void {
    const { current } = get();
    if (!current) {
      return;
    }
    const target = Math.min(Math.max(0, ms), Math.max(0, current.durationMs - 50));
    if (this.#loaded) {
      this.#engine.seek(Math.max(0, target - this.#offset()) / 1000);
      this.#showState();
    } else {
      this.#startAt = target;
    }
    this.#keep();
    tellPlace();
  }

  next(): void {
    const queue = queues.advance(get().queue, "pressed");
    if (queue) {
      this.#begin(queue);
    }
  }

  previous(): void {
    const queue = this.#ms() - this.#offset() > RESTART_MS ? undefined : queues.goBack(get().queue);
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
      this.#close(false);
      this.#engine.stop();
      this.#loaded = undefined;
      this.#line = atRest;
      set({ queue, current: undefined, playing: false, state: "idle", reason: undefined });
      showTrack(undefined);
      showPlaying(null, 0);
    }
  }

  setShuffled(on: boolean): void {
    this.#put(on ? queues.shuffle(get().queue, seed()) : queues.unshuffle(get().queue));
  }

  setVolume(volume: number): void {
    set({ volume: Math.min(1, Math.max(0, volume)), ...(volume > 0 ? { muted: false } : {}) });
    this.#sound();
  }

  setMuted(muted: boolean): void {
    set({ muted });
    this.#sound();
  }

  setSpeed(speed: number): void {
    set({ speed: Math.min(2, Math.max(0.5, speed)) });
    this.#engine.setSpeed(get().speed);
    this.#sound();
    this.#showState();
  }

  setSleep(when: number | "track" | undefined): void {
    this.#sleep.set(when);
    this.#follow();
  }

  #gain(): number {
    const { volume, muted } = get();
    return muted ? 0 : gainOf(volume);
  }

  #sound(): void {
    this.#engine.setGain(this.#gain());
    keepSound(get());
  }

  /** The queue as it is from now on; the same goes on playing. */
  #put(queue: Queue): void {
    set({ queue });
    this.#follow();
  }

  /** Plays the current entry of this queue from its beginning. */
  #begin(queue: Queue, play = true): void {
    this.#close(false);
    set({ queue });
    if (play) {
      claim();
    }
    void this.#load(0, play);
  }

  async #load(ms: number, play: boolean): Promise<void> {
    const entry = queues.current(get().queue);
    if (!entry) {
      return;
    }
    const turn = ++this.#turn;
    this.#engine.stop();
    this.#loaded = undefined;
    this.#startAt = ms;
    this.#line = { ...atRest, wanted: play };
    set({
      current: knownTrack(entry.id),
      playing: play,
      state: play ? "loading" : "paused",
      reason: undefined,
    });
    let track: Track | undefined = knownTrack(entry.id);
    try {
      track ??= await trackOf(entry.id);
    } catch (error) {
      if (turn === this.#turn) {
        this.#cannot(error instanceof ApiError ? "missing" : "network");
      }
      return;
    }
    if (turn !== this.#turn) {
      return;
    }
    const item = itemOf(entry, track);
    this.#loaded = { item, track };
    set({ current: track, preview: false });
    this.#engine.load(item, ms / 1000, play);
    this.#heard = new Heard(track.id, uuid(), Date.now());
    showTrack(track);
    if (play) {
      showPlaying(track.id, ms);
    }
    this.#follow();
    this.#keep();
    tellPlace();
  }

  /** Makes the engine ready for what plays after this by itself. */
  #follow(): void {
    const entry = this.#sleep.atEndOfTrack ? undefined : queues.upcoming(get().queue);
    if (!entry || !this.#loaded) {
      this.#engine.follow(undefined);
      return;
    }
    const track = knownTrack(entry.id);
    if (track) {
      this.#engine.follow(track.available ? itemOf(entry, track) : undefined);
    } else {
      const turn = this.#turn;
      trackOf(entry.id).then(
        () => turn === this.#turn && this.#follow(),
        () => {},
      );
    }
  }

  #crossed(item: Item): void {
    this.#close(true);
    const queue = queues.advance(get().queue, "ended");
    const entry = queue && queues.current(queue);
    const track = entry && knownTrack(entry.id);
    if (!queue || entry?.key !== item.key || !track) {
      return;
    }
    this.#failures = 0;
    this.#loaded = { item, track };
    this.#heard = new Heard(track.id, uuid(), Date.now());
    this.#heard.sounding(shown(this.#line) === "playing", performance.now());
    set({ queue, current: track, preview: false });
    showTrack(track);
    showPlaying(track.id, 0);
    this.#showState();
    this.#follow();
    this.#keep();
    tellPlace();
  }

  #ended(): void {
    this.#close(true);
    const queue = queues.advance(get().queue, "ended");
    const rests = this.#sleep.atEndOfTrack;
    if (rests) {
      this.#sleep.set(undefined);
    }
    if (queue && !rests) {
      this.#begin(queue);
      return;
    }
    // It stands at the beginning of what would follow, or of the last one.
    set({ queue: queue ?? get().queue, playing: false });
    void this.#load(0, false);
    showPlaying(null, 0);
  }

  #failed(item: Item, trouble: Trouble): void {
    if (item.key !== this.#loaded?.item.key) {
      // The next one is found wanting when its turn comes.
      return;
    }
    if (trouble === "blocked") {
      this.#sign({ kind: "wanted", is: false, now: Date.now() });
      return;
    }
    this.#cannot(trouble);
  }

  #cannot(reason: Trouble): void {
    this.#close(false);
    const wanted = get().playing;
    this.#line = atRest;
    set({ state: "failed", reason, playing: false });
    this.#failures += 1;
    const queue = queues.advance(get().queue, "pressed");
    if (wanted && queue && this.#failures < PATIENCE && reason !== "network" && reason !== "log_in") {
      const turn = this.#turn;
      setTimeout(() => turn === this.#turn && get().state === "failed" && this.#begin(queue), 2500);
    }
  }

  #measured(item: Item, seconds: number): void {
    const loaded = this.#loaded;
    if (item.key !== loaded?.item.key) {
      return;
    }
    const { durationMs, preview } = loaded.track;
    const most = Math.min(preview.lengthMs, durationMs / 2);
    const is = most > 0 && Math.abs(seconds * 1000 - most) < 1500 && durationMs - seconds * 1000 > 1500;
    if (is !== get().preview) {
      set({ preview: is });
      tellPlace();
    }
  }

  /** Where the sound at hand begins within its track: a preview is cut out of it. */
  #offset(): number {
    return get().preview ? (this.#loaded?.track.preview.startMs ?? 0) : 0;
  }

  #ms(): number {
    return this.#loaded ? this.#offset() + this.#engine.position() * 1000 : this.#startAt;
  }

  #sign(sign: Sign): void {
    const before = this.#line;
    this.#line = after(before, sign);
    const state = shown(this.#line);
    if (this.#line.gaveUp !== before.gaveUp) {
      if (this.#line.gaveUp) {
        this.#engine.pause();
      } else if (this.#line.wanted) {
        this.#engine.play();
      }
    }
    this.#heard?.sounding(state === "playing", performance.now());
    if (state === "playing") {
      this.#failures = 0;
    }
    const player = get();
    if (player.state !== state || player.playing !== this.#line.wanted) {
      set({ state, playing: this.#line.wanted, reason: this.#line.gaveUp ? "network" : undefined });
      this.#showState();
      tellPlace();
    }
  }

  #tick(): void {
    this.#sign({ kind: "tick", now: Date.now() });
    if (get().state === "playing") {
      this.#keep();
    }
  }

  #showState(): void {
    const { current, playing, speed } = get();
    if (current) {
      showState(playing, this.#ms(), current.durationMs, speed);
    }
  }

  #keep(): void {
    const { current } = get();
    if (current) {
      keepPlace(current.id, this.#ms());
    }
  }

  /** The play at hand is over. */
  #close(completed: boolean, leaving = false): void {
    const heard = this.#heard;
    this.#heard = undefined;
    heard?.sounding(false, performance.now());
    if (heard && !get().preview) {
      void report(heard, completed, leaving);
    }
  }

  #leave(): void {
    this.#keep();
    this.#close(false, true);
  }

  async #renew(item: Item): Promise<string> {
    const id = this.#loaded?.item.key === item.key ? this.#loaded.track.id : queuedId(item);
    const path = "/api/v1/tracks/{id}/stream-url";
    try {
      const { url } = await ask(server.api.POST(path, { params: { path: { id } }, body: {} }));
      return server.url(url);
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
        throw new RefusedBytes(
          error.status === 401 ? "log_in" : error.status === 403 ? "refused" : "missing",
        );
      }
      throw error;
    }
  }
}

function queuedId(item: Item): string {
  return get().queue.entries.find((entry) => entry.key === item.key)?.id ?? "";
}

function itemOf(entry: queues.Entry, track: Track): Item {
  const { streamUrl, durationMs } = track;
  return {
    key: entry.key,
    url: server.url(streamUrl),
    seconds: durationMs / 1000,
    gapless: gaplessOf(track),
  };
}

function seed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
