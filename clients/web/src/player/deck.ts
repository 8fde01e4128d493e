import { ApiError, type queue as queues } from "@resonance/sdk";
import { uuid } from "@resonance/sdk/uuid";
import { server } from "../app/client.ts";
import type { Item, Part, Trouble } from "../audio/engine.ts";
import { Ladder } from "../audio/ladder.ts";
import { after, atRest, type Lifeline, type Sign, shown } from "../audio/lifeline.ts";
import { renewed } from "./addresses.ts";
import { readPlaceFrom, tellPlace } from "./clock.ts";
import { Heard } from "./heard.ts";
import { idOf, itemOf } from "./items.ts";
import { showState, showTrack } from "./media-session.ts";
import { type Track, usePlayer } from "./player.ts";
import { report, showPlaying } from "./reports.ts";
import { type Begun, Till } from "./till.ts";
import { knownTrack, noteFile, trackAnew, trackOf } from "./tracks.ts";

/** What the deck tells the room in which it stands. */
export interface Room {
  /** By itself it went on to the entry with this key: the entry, if that is what was to come. */
  crossed(key: number): queues.Entry | undefined;
  /** The last sample was heard, and nothing followed by itself. */
  ended(): void;
  /** The track cannot be heard; `wanted`: sound was. */
  failed(reason: Trouble, wanted: boolean): void;
  /** Sound comes out. */
  sounds(): void;
  /** Another track is on, or another place in it: it is to be kept. */
  moved(): void;
}

const { getState: get, setState: set } = usePlayer;

/** With less of a track to come, none of its seconds is still to be charged. */
const LAST_MS = 1000;

/** The session of what follows, begun before its turn. */
interface Ahead {
  readonly key: number;
  readonly begun: Promise<Begun>;
}

/** Plays one entry of the queue, has the next one ready, and shows in the store how that goes. */
export class Deck {
  readonly #engine: Ladder;
  readonly #room: Room;
  /** Pays for what costs something. */
  readonly #till: Till;
  #line: Lifeline = atRest;
  #heard: Heard | undefined;
  /** What the engine holds; none after a reload until it is played. */
  #loaded: { item: Item; track: Track } | undefined;
  /** Where to begin when it is loaded, in milliseconds of the track. */
  #startAt = 0;
  /** What was asked for last: answers to earlier questions count no more. */
  #turn = 0;
  /** What plays after this by itself. */
  #following: queues.Entry | undefined;
  #ahead: Ahead | undefined;
  /** Which parts of their tracks the server gives, by the keys of entries. */
  readonly #parts = new Map<number, Part>();

  constructor(room: Room) {
    this.#room = room;
    this.#till = new Till({
      place: () => this.ms,
      ready: () => this.#readyMs,
      waits: () => shown(this.#line) === "loading",
      rest: () => this.pause(),
      beat: () => this.#goAhead(),
    });
    this.#engine = new Ladder(
      {
        fetch: (request) => server.session.fetch(request),
        renew: (item) => renewed(idOf(item)),
        released: () => this.#till.released(),
        isShort: () => this.#till.isShort,
      },
      {
        flow: (is) => this.#sign({ kind: "flowing", is, now: Date.now() }),
        lost: (is) => this.#sign({ kind: "lost", is, now: Date.now() }),
        crossed: (item) => this.#crossed(item),
        ended: () => this.#room.ended(),
        failed: (item, trouble) => this.#failed(item, trouble),
        part: (item, part) => this.#part(item, part),
        measured: (item, seconds) => this.#measured(item, seconds),
        halted: () => this.pause(),
      },
    );
    readPlaceFrom(() => ({ ms: this.ms, bufferedMs: this.#readyMs }));
    setInterval(() => this.#tick(), 1000);
  }

  /** Where the sound is, in milliseconds of the track. */
  get ms(): number {
    return this.#loaded ? this.#offset + this.#engine.position() * 1000 : this.#startAt;
  }

  /** How far it can be heard without the server. */
  get #readyMs(): number {
    return this.#offset + this.#engine.buffered() * 1000;
  }

  /** Where what plays ends before its track does, in milliseconds of the track. */
  get previewEnd(): number | undefined {
    const part = this.#loaded && this.#parts.get(this.#loaded.item.key);
    return part && part.startMs + part.lengthMs;
  }

  /** How much of what can be heard was heard. */
  get playedMs(): number {
    return this.ms - this.#offset;
  }

  get turn(): number {
    return this.#turn;
  }

  setGain(gain: number): void {
    this.#engine.setGain(gain);
  }

  /** What is paid for by the second is heard by the second. */
  setSpeed(speed: number): void {
    this.#engine.setSpeed(this.#loaded?.item.paid ? 1 : speed);
    this.show();
  }

  /** Shows a track that is to be played from this place, and asks for none of its sound. */
  lay(track: Track, ms: number): void {
    this.#startAt = ms;
    this.#line = atRest;
    set({ current: track, state: "paused", playing: false });
    showTrack(track);
    tellPlace();
  }

  /** `free`: no more of it than costs nothing. */
  async load(entry: queues.Entry, ms: number, play: boolean, free = false): Promise<void> {
    const turn = ++this.#turn;
    const ahead = this.#ahead?.key === entry.key ? this.#ahead.begun : undefined;
    this.#ahead = undefined;
    this.#engine.stop();
    this.#parts.clear();
    this.#loaded = undefined;
    this.#startAt = ms;
    this.#line = { ...atRest, wanted: play };
    let track = knownTrack(entry.id);
    const state = play ? "loading" : "paused";
    set({ current: track, playing: play, state, reason: undefined, previewEnd: undefined });
    try {
      track ??= await trackOf(entry.id);
      if (!track.available && play) {
        // Its file was away when it was looked up, and may be there again.
        track = await trackAnew(entry.id);
      }
    } catch (error) {
      if (turn === this.#turn) {
        this.#cannot(error instanceof ApiError ? "missing" : "network");
      }
      return;
    }
    if (turn !== this.#turn) {
      return;
    }
    const costs = !free && (await this.#till.asks(track));
    if (turn !== this.#turn) {
      return;
    }
    set({ current: track, preview: false });
    // What costs something is asked for when it is to sound, and not before.
    const asked = this.#startAt;
    let begun = costs && this.#line.wanted ? await ahead : undefined;
    if (turn === this.#turn && costs && this.#line.wanted && begun !== "paid" && begun !== "free") {
      begun = await this.#till.begin(track, asked);
    }
    if (turn !== this.#turn) {
      return;
    }
    // Meanwhile the listener may have paused it, or gone to another place.
    const { wanted } = this.#line;
    const from = this.#startAt;
    if (begun === "refused" || (costs && !wanted)) {
      if (begun !== "refused") {
        this.#till.end();
      }
      this.lay(track, from);
      this.#room.moved();
      return;
    }
    if (from !== asked) {
      this.#till.seek(from);
    }
    const item = itemOf(entry, track, begun === "paid");
    this.#loaded = { item, track };
    this.#engine.setSpeed(item.paid ? 1 : get().speed);
    this.#engine.load(item, from / 1000, wanted);
    this.#heard = new Heard(track.id, uuid(), Date.now());
    showTrack(track);
    if (wanted) {
      showPlaying(track.id, from);
    }
    this.#room.moved();
    tellPlace();
  }

  /** Goes on with this entry where it stands. What was paid for and cannot be any more begins anew there. */
  async resume(entry: queues.Entry): Promise<void> {
    const { current, state } = get();
    const way = this.#loaded?.item.paid ? await this.#till.goOn() : "on";
    if (way === "wait") {
      return;
    }
    if (way === "on" && this.#loaded && this.#loaded.track === current && state !== "failed") {
      this.#engine.play();
      set({ previewEnd: undefined });
      this.#sign({ kind: "wanted", is: true, now: Date.now() });
      showPlaying(this.#loaded.track.id, this.ms);
    } else {
      await this.load(entry, this.ms, true);
    }
  }

  pause(): void {
    if (get().playing) {
      this.#engine.pause();
      this.#sign({ kind: "wanted", is: false, now: Date.now() });
      this.#room.moved();
      showPlaying(null, 0);
    }
  }

  /** Lets what is paid for cost so much at most. */
  raise(cap: bigint): void {
    this.#till.raise(cap);
  }

  /** False if what follows was begun already: then this one is loaded anew. */
  seek(ms: number): boolean {
    const { current } = get();
    if (!current) {
      return true;
    }
    if (this.#ahead) {
      return false;
    }
    const target = Math.min(Math.max(0, ms), Math.max(0, current.durationMs - 50));
    const { previewEnd } = this;
    const isBeyond = previewEnd !== undefined && target >= previewEnd;
    set({ previewEnd: isBeyond ? previewEnd : undefined });
    if (isBeyond) {
      return true;
    }
    if (this.#loaded) {
      this.#till.seek(target);
      this.#engine.seek(Math.max(0, target - this.#offset) / 1000);
      this.show();
    } else {
      this.#startAt = target;
    }
    this.#room.moved();
    tellPlace();
    return true;
  }

  /** Makes ready what plays after this by itself. False while its track is being looked up: `again` is called then. */
  follow(entry: queues.Entry | undefined, again: () => void): void {
    this.#following = entry;
    if (this.#ahead) {
      if (this.#ahead.key === entry?.key) {
        return;
      }
      this.#leaveAhead();
    }
    if (!entry || !this.#loaded) {
      this.#engine.follow(undefined);
      return;
    }
    const track = knownTrack(entry.id);
    if (track) {
      // Of what costs something there is nothing to be had before its session: see #goAhead.
      const later = this.#till.wants(track);
      this.#engine.follow(track.available && !later ? itemOf(entry, track) : undefined, later);
      return;
    }
    const turn = this.#turn;
    trackOf(entry.id).then(
      () => turn === this.#turn && again(),
      () => {},
    );
  }

  /** Nothing plays any more, and nothing is to. */
  clear(): void {
    this.close(false);
    this.#turn += 1;
    this.#engine.stop();
    this.#loaded = undefined;
    this.#line = atRest;
    set({ current: undefined, playing: false, state: "idle", reason: undefined, previewEnd: undefined });
    showTrack(undefined);
    showPlaying(null, 0);
  }

  /** The play at hand is over: what was heard of it is told. What was begun ahead goes on behind its end alone. */
  close(completed: boolean, leaving = false): void {
    const heard = this.#heard;
    this.#heard = undefined;
    heard?.sounding(false, performance.now());
    if (heard && !get().preview) {
      void report(heard, completed, leaving);
    }
    // A page that is loaded anew may go on with what is paid for.
    if (!leaving && !(completed && this.#ahead)) {
      this.#leaveAhead();
    }
  }

  #leaveAhead(): void {
    this.#ahead = undefined;
    this.#till.end();
  }

  /**
   * What follows and costs something begins when this one has no second left that is charged: so it is there in time to
   * follow without a gap, and nothing is paid for twice or not at all. Its own time counts when it sounds.
   */
  #goAhead(): void {
    const entry = this.#following;
    const track = entry && knownTrack(entry.id);
    const left = this.#loaded ? this.#loaded.track.durationMs - this.ms : LAST_MS;
    const isTime = left < LAST_MS && this.#line.wanted && !this.#ahead;
    if (!isTime || !track || !this.#till.wants(track)) {
      return;
    }
    const ahead = { key: entry.key, begun: this.#till.begin(track, 0, true) };
    this.#ahead = ahead;
    void ahead.begun.then((begun) => {
      if (this.#ahead !== ahead) {
        return;
      }
      if (begun === "refused") {
        this.#ahead = undefined;
      } else {
        this.#engine.follow(itemOf(entry, track, begun === "paid"));
      }
    });
  }

  /** Tells the system how it stands. */
  show(): void {
    const { current, playing, speed } = get();
    if (current) {
      showState(playing, this.ms, current.durationMs, speed);
    }
  }

  #crossed(item: Item): void {
    this.close(true);
    const entry = this.#room.crossed(item.key);
    const track = entry && knownTrack(entry.id);
    if (!track) {
      this.#leaveAhead();
      return;
    }
    this.#ahead = undefined;
    this.#loaded = { item, track };
    const sounds = shown(this.#line) === "playing";
    this.#till.sounding(sounds);
    this.#heard = new Heard(track.id, uuid(), Date.now());
    this.#heard.sounding(sounds, performance.now());
    this.#engine.setSpeed(item.paid ? 1 : get().speed);
    set({ current: track, preview: this.#parts.has(item.key), previewEnd: undefined });
    showTrack(track);
    showPlaying(track.id, 0);
    this.show();
    this.#room.moved();
    tellPlace();
  }

  #failed(item: Item, trouble: Trouble): void {
    if (item.key !== this.#loaded?.item.key || get().state === "failed") {
      // The next one is found wanting when its turn comes; of this one the first reason is the true one.
      return;
    }
    if (trouble === "blocked") {
      this.#sign({ kind: "wanted", is: false, now: Date.now() });
      return;
    }
    this.#cannot(trouble);
  }

  /** What the server lists of the file may be older than what was met. */
  #noteFile(available: boolean): void {
    const id = this.#loaded?.track.id;
    const track = id === undefined ? undefined : knownTrack(id);
    if (track && track.available !== available) {
      noteFile(track.id, available);
    }
  }

  #cannot(reason: Trouble): void {
    this.close(false);
    if (reason === "away") {
      this.#noteFile(false);
    }
    const wanted = get().playing;
    this.#line = atRest;
    set({ state: "failed", reason, playing: false });
    this.show();
    tellPlace();
    this.#room.failed(reason, wanted);
  }

  /** The server says which part of the track it gives. */
  #part(item: Item, part: Part | undefined): void {
    if (!part) {
      this.#parts.delete(item.key);
    } else {
      const isNew = !this.#parts.has(item.key);
      this.#parts.set(item.key, part);
      // It was sent to a place in the whole.
      if (isNew && item.key === this.#loaded?.item.key && this.#startAt > 0) {
        this.#engine.seek(Math.min(part.lengthMs, Math.max(0, this.#startAt - part.startMs)) / 1000);
      }
    }
    if (item.key === this.#loaded?.item.key) {
      this.#setPreview(part !== undefined);
    }
  }

  /** A plain element does not see what the server says: there a preview is told by its length. */
  #measured(item: Item, seconds: number): void {
    const loaded = this.#loaded;
    if (item.key !== loaded?.item.key) {
      return;
    }
    const { durationMs, preview } = loaded.track;
    const lengthMs = Math.min(preview.lengthMs, durationMs / 2);
    const is =
      lengthMs > 0 && Math.abs(seconds * 1000 - lengthMs) < 1500 && durationMs - seconds * 1000 > 1500;
    if (is) {
      this.#parts.set(item.key, { startMs: preview.startMs, lengthMs });
    }
    this.#setPreview(is);
  }

  #setPreview(is: boolean): void {
    if (is !== get().preview) {
      set({ preview: is });
      tellPlace();
    }
  }

  /** Where the sound at hand begins within its track: a preview is cut out of it. */
  get #offset(): number {
    return this.#loaded ? (this.#parts.get(this.#loaded.item.key)?.startMs ?? 0) : 0;
  }

  #sign(sign: Sign): void {
    if (get().state === "failed") {
      // It says why until something else is done.
      return;
    }
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
    this.#till.sounding(state === "playing" && !this.#ahead);
    if (state === "playing") {
      this.#room.sounds();
      this.#noteFile(true);
    }
    const player = get();
    if (player.state !== state || player.playing !== this.#line.wanted) {
      set({ state, playing: this.#line.wanted, reason: this.#line.gaveUp ? "network" : undefined });
      this.show();
      tellPlace();
    }
  }

  #tick(): void {
    this.#sign({ kind: "tick", now: Date.now() });
    if (get().state === "playing") {
      this.#room.moved();
      // What costs nothing has no beats.
      if (!this.#loaded?.item.paid) {
        this.#goAhead();
      }
    }
  }
}
