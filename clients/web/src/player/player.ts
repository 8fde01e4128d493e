import { type components, queue as queues } from "@resonance/sdk";
import i18next from "i18next";
import { create } from "zustand";
import { addressOfMissing } from "../app/missing-part.ts";
import { toast } from "../ui/toast.tsx";

export type Track = components["schemas"]["Track"];

/** Where a list of tracks comes from, so that the player can say and lead back there. */
export interface Source {
  kind: "release" | "artist" | "search" | "crate" | "tracks";
  id?: string;
  title: string;
}

export type PlayerState = "idle" | "loading" | "playing" | "paused" | "reconnecting" | "failed";

/** Why nothing is to be heard. */
export type FailReason = "missing" | "away" | "refused" | "log_in" | "network" | "unsupported" | "blocked";

export interface Sleep {
  /** Milliseconds since 1970; undefined for the end of the track. */
  until: number | undefined;
}

export interface Player {
  /** What plays; undefined while nothing does, or while it is looked up after a reload. */
  current: Track | undefined;
  /** Whether sound is wanted: true while it loads or reconnects, too. */
  playing: boolean;
  state: PlayerState;
  /** Set while `state` is failed. */
  reason: FailReason | undefined;
  queue: queues.Queue<Source>;
  /** Only the preview of the current track may be heard. */
  preview: boolean;
  /** Where the preview ends, in milliseconds of the track, once its listener wanted to hear what lies behind. */
  previewEnd: number | undefined;
  /** From 0 to 1, as the ear has it. */
  volume: number;
  muted: boolean;
  speed: number;
  sleep: Sleep | undefined;
  /** Plays `tracks` from the one at `index` on, in place of the queue. */
  play(tracks: readonly Track[], index?: number, source?: Source): void;
  /** Plays `tracks` in an order of chance. */
  playShuffled(tracks: readonly Track[], source?: Source): void;
  /** Puts `tracks` behind the current one. */
  playNext(tracks: readonly Track[]): void;
  /** Puts `tracks` at the end of the queue. */
  enqueue(tracks: readonly Track[]): void;
  toggle(): void;
  pause(): void;
  resume(): void;
  /** Goes on here with what another tab of this browser plays. */
  takeOver(): void;
  /** To this place in the track, in milliseconds. */
  seek(ms: number): void;
  next(): void;
  /** To the beginning of the track; within its first three seconds, to the track before it. */
  previous(): void;
  /** Plays the entry of the queue that has this key. */
  jump(key: number): void;
  /** Changes the queue: `change((queue) => queues.remove(queue, keys))`. */
  change(by: (queue: queues.Queue<Source>) => queues.Queue<Source>): void;
  setShuffled(on: boolean): void;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  setSpeed(speed: number): void;
  /** After so many minutes, at the end of the track, or no longer. */
  setSleep(when: number | "track" | undefined): void;
}

/** What the engine room does for the store. */
export type Deeds = Pick<
  Player,
  | "play"
  | "playShuffled"
  | "playNext"
  | "enqueue"
  | "pause"
  | "resume"
  | "takeOver"
  | "seek"
  | "next"
  | "previous"
  | "jump"
  | "change"
  | "setShuffled"
  | "setVolume"
  | "setMuted"
  | "setSpeed"
  | "setSleep"
>;

let room: Deeds | undefined;
let opening: Promise<Deeds> | undefined;

/** Where the engine room is, if it could not be had; and how often it was asked for since. */
let missed: string | undefined;
let again = 0;

function fetchRoom(): Promise<typeof import("./room.ts")> {
  // Some browsers (Chromium 148, not 156) remember for as long as the page is there that a part could not be had, and ask for
  // it no more, unless by another address.
  return missed ? import(/* @vite-ignore */ `${missed}?again=${++again}`) : import("./room.ts");
}

/** The engine room is no part of what a page loads before it is seen. */
export function openRoom(): Promise<Deeds> {
  opening ??= fetchRoom().then(
    ({ Room }) => {
      const opened = new Room();
      room = opened;
      void opened.takeUp();
      return opened;
    },
    (wrong: unknown) => {
      // What a lost line kept from coming is asked for again the next time.
      opening = undefined;
      missed ??= addressOfMissing(wrong);
      throw wrong;
    },
  );
  return opening;
}

/** At once where that is possible: a browser lets sound begin only while a key is being pressed. */
function act(deed: (room: Deeds) => void): void {
  if (room) {
    deed(room);
  } else {
    openRoom().then(deed, () => toast(i18next.t("error.network")));
  }
}

/** What plays, and what to do about it: the one way to the audio engine for every screen. */
export const usePlayer = create<Player>()((_, get) => ({
  current: undefined,
  playing: false,
  state: "idle",
  reason: undefined,
  queue: queues.empty(),
  preview: false,
  previewEnd: undefined,
  volume: 1,
  muted: false,
  speed: 1,
  sleep: undefined,
  play: (tracks, index, source) => act((it) => it.play(tracks, index, source)),
  playShuffled: (tracks, source) => act((it) => it.playShuffled(tracks, source)),
  playNext: (tracks) => act((it) => it.playNext(tracks)),
  enqueue: (tracks) => act((it) => it.enqueue(tracks)),
  toggle: () => (get().playing ? get().pause() : get().resume()),
  pause: () => act((it) => it.pause()),
  resume: () => act((it) => it.resume()),
  takeOver: () => act((it) => it.takeOver()),
  seek: (ms) => act((it) => it.seek(ms)),
  next: () => act((it) => it.next()),
  previous: () => act((it) => it.previous()),
  jump: (key) => act((it) => it.jump(key)),
  change: (by) => act((it) => it.change(by)),
  setShuffled: (on) => act((it) => it.setShuffled(on)),
  setVolume: (volume) => act((it) => it.setVolume(volume)),
  setMuted: (muted) => act((it) => it.setMuted(muted)),
  setSpeed: (speed) => act((it) => it.setSpeed(speed)),
  setSleep: (when) => act((it) => it.setSleep(when)),
}));
