import type { components } from "@resonance/sdk";
import { create } from "zustand";

export type Track = components["schemas"]["Track"];

/** Where a list of tracks comes from, so that the player can say and lead back there. */
export interface Source {
  kind: "release" | "artist" | "search" | "crate" | "tracks";
  id?: string;
  title: string;
}

interface Player {
  current: Track | undefined;
  playing: boolean;
  /** Plays `tracks` from the one at `index` on, in place of the queue. */
  play(tracks: readonly Track[], index?: number, source?: Source): void;
  /** Puts `tracks` behind the current one. */
  playNext(tracks: readonly Track[]): void;
  /** Puts `tracks` at the end of the queue. */
  enqueue(tracks: readonly Track[]): void;
  toggle(): void;
}

/** What plays, and what to do about it: the one way to the audio engine for every screen. */
export const usePlayer = create<Player>()((set, get) => ({
  current: undefined,
  playing: false,
  play: (tracks, index = 0) => set({ current: tracks[index], playing: true }),
  playNext: () => {},
  enqueue: () => {},
  toggle: () => set({ playing: !get().playing }),
}));
