import { create } from "zustand";
import { persist } from "zustand/middleware";

/** More than these nobody reads. */
const MOST = 8;

/** The list with what was searched last in front, each but once however it was written. */
export function remembered(recent: readonly string[], q: string): string[] {
  const words = q.trim().replace(/\s+/g, " ");
  if (words.length < 2) {
    return [...recent];
  }
  const folded = words.toLocaleLowerCase();
  return [words, ...recent.filter((each) => each.toLocaleLowerCase() !== folded)].slice(0, MOST);
}

/** What was searched on this device, newest first; the server is not told. */
export const useRecent = create<{ recent: readonly string[] }>()(
  persist(() => ({ recent: [] as readonly string[] }), { name: "resonance.searches" }),
);

export function remember(q: string): void {
  useRecent.setState(({ recent }) => ({ recent: remembered(recent, q) }));
}

export function forget(q?: string): void {
  useRecent.setState(({ recent }) => ({
    recent: q === undefined ? [] : recent.filter((each) => each !== q),
  }));
}
