import type { components } from "@resonance/sdk";
import { basisPoints, percent, WHOLE } from "@resonance/sdk/release";

type Split = components["schemas"]["Split"];
type NewSplit = components["schemas"]["NewSplit"];

/** Somebody's share of a track while it is edited. */
export interface Share {
  artistId: string;
  artistName: string;
  role: string;
  /** As it is typed. */
  percent: string;
}

export const sharesOf = (split: Split): Share[] =>
  split.shares.map(({ artistId, artistName, role, basisPoints }) => ({
    artistId,
    artistName,
    role,
    percent: percent(basisPoints),
  }));

export const pointsOf = (shares: readonly Share[]) => shares.map((share) => basisPoints(share.percent));

export const sumOf = (points: readonly (number | undefined)[]) =>
  points.reduce<number>((total, each) => total + (each ?? 0), 0);

/** Whether all is given to somebody, and to nobody nothing. */
export const isAll = (points: readonly (number | undefined)[]) =>
  sumOf(points) === WHOLE && points.every((each) => each !== undefined && each > 0);

/** As the server takes it. */
export const splitOf = (shares: readonly Share[]): NewSplit => ({
  shares: shares.map(({ artistId, role, percent }) => ({
    artistId,
    role,
    basisPoints: basisPoints(percent) ?? 0,
  })),
});

/** By which splits that share the same way are known, in whatever order their shares stand. */
export function likeness(shares: readonly Share[]): string {
  return splitOf(shares)
    .shares.map(({ artistId, role, basisPoints }) => JSON.stringify([artistId, role, basisPoints]))
    .sort()
    .join();
}

/** Tracks that are shared the same way, the most first. */
export function alike<T extends { shares: readonly Share[] }>(tracks: readonly T[]): T[][] {
  const groups = Map.groupBy(tracks, ({ shares }) => likeness(shares));
  return [...groups.values()].sort((one, two) => two.length - one.length);
}
