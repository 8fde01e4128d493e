/** What an artist does with a release, as rules: its order, what files that came together become, shares, dates. */

export interface Place {
  id: string;
  discNo: number;
  trackNo: number;
}

/** Those whose disc or number is another when the tracks stand in this order; discs follow each other. */
export function renumbered(order: readonly Place[]): Place[] {
  const changed: Place[] = [];
  let [disc, number] = [1, 0];
  for (const [at, { id, discNo, trackNo }] of order.entries()) {
    // A track that was moved among those of another disc is of that disc from now on.
    const next = order[at + 1]?.discNo ?? discNo;
    const own = discNo > disc && discNo <= next ? discNo : disc;
    number = own === disc ? number + 1 : 1;
    disc = at === 0 ? Math.min(discNo, next) : own;
    if (at === 0) {
      number = 1;
    }
    if (discNo !== disc || trackNo !== number) {
      changed.push({ id, discNo: disc, trackNo: number });
    }
  }
  return changed;
}

/** `ids` with `moved` taken out and put before or after `target`, in the order in which they stood. */
export function moved<T>(
  ids: readonly T[],
  chosen: ReadonlySet<T>,
  target: T,
  position: "before" | "after",
): T[] {
  const rest = ids.filter((id) => !chosen.has(id));
  let at = ids.indexOf(target);
  // A target that is moved itself stands for the next one that stays.
  for (let id = ids[at]; id !== undefined && chosen.has(id); id = ids[at]) {
    at += 1;
  }
  const anchor = ids[at];
  const found = anchor === undefined ? -1 : rest.indexOf(anchor);
  const from = found < 0 ? rest.length : anchor === target && position === "after" ? found + 1 : found;
  return [...rest.slice(0, from), ...ids.filter((id) => chosen.has(id)), ...rest.slice(from)];
}

/** Places for tracks that came to a release without a number, or with one that is taken: behind the others. */
export function placed(there: readonly Place[], newcomers: readonly Place[]): Place[] {
  const last = there.at(-1);
  const taken = new Set(there.map(({ discNo, trackNo }) => `${discNo}.${trackNo}`));
  const disc = last?.discNo ?? 1;
  let number = Math.max(0, ...there.filter(({ discNo }) => discNo === disc).map(({ trackNo }) => trackNo));
  const changed: Place[] = [];
  for (const place of newcomers) {
    const key = `${place.discNo}.${place.trackNo}`;
    if (place.trackNo > 0 && !taken.has(key)) {
      taken.add(key);
      continue;
    }
    do {
      number += 1;
    } while (taken.has(`${disc}.${number}`));
    taken.add(`${disc}.${number}`);
    changed.push({ id: place.id, discNo: disc, trackNo: number });
  }
  return changed;
}

export type FileKind = "sound" | "picture" | "other";

const SOUND = /\.(mp3|wav|wave|m4a|mp4|aac|flac|ogg|oga|opus)$/i;
const PICTURE = /\.(jpe?g|png|webp)$/i;

/** What a file seems to be by name and type; what it is the server finds out by its content. */
export function kindOf({ name, type }: { name: string; type: string }): FileKind {
  if (SOUND.test(name) || type.startsWith("audio/")) {
    return "sound";
  }
  return PICTURE.test(name) || /^image\/(jpeg|png|webp)$/.test(type) ? "picture" : "other";
}

/** Of pictures the one that is the cover most likely: by its name, else the first. */
export function coverOf<F extends { name: string }>(pictures: readonly F[]): F | undefined {
  const ranks = [/^(cover|front)\b/i, /^folder\b/i, /(cover|front)/i];
  const rank = ({ name }: F) => {
    const found = ranks.findIndex((pattern) => pattern.test(name));
    return found < 0 ? ranks.length : found;
  };
  return pictures.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** `a` before `b` as people count: "2" before "10". */
export function byName(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });
}

export interface Arrival {
  id: string;
  /** The release that its tags put it into. */
  album: string | undefined;
}

export type Home =
  /** They have their places already, or are to stand alone. */
  | { is: "none" }
  /** Into a release that is there. */
  | { is: "release"; id: string; ids: string[] }
  /** Into one that has to be made. */
  | { is: "new"; ids: string[] };

/**
 * Where files belong that came together and whose tags name no release: to the one release of the others, or to a
 * new one. A single file of no folder stands alone.
 */
export function homeOf(arrivals: readonly Arrival[], fromFolder: boolean): Home {
  const loose = arrivals.filter(({ album }) => album === undefined).map(({ id }) => id);
  const albums = [...new Set(arrivals.flatMap(({ album }) => album ?? []))];
  if (loose.length === 0) {
    return { is: "none" };
  }
  const [only, another] = albums;
  if (only !== undefined && another === undefined) {
    return { is: "release", id: only, ids: loose };
  }
  return fromFolder || loose.length > 1 ? { is: "new", ids: loose } : { is: "none" };
}

/** Everything, in basis points. */
export const WHOLE = 10_000;

/** Reads a share as a person writes it, "33.3" or "33,33 %", into basis points; undefined if it is none. */
export function basisPoints(text: string): number | undefined {
  const match = /^(\d{1,3})(?:[.,](\d{1,2}))?\s*%?$/.exec(text.trim());
  if (!match?.[1]) {
    return undefined;
  }
  const points = Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  return points <= WHOLE ? points : undefined;
}

/** Basis points as a percentage, exact: 3333 is "33.33", 5000 is "50". */
export function percent(points: number): string {
  const [whole, rest] = [Math.trunc(points / 100), Math.abs(points % 100)];
  return rest === 0 ? `${whole}` : `${whole}.${String(rest).padStart(2, "0").replace(/0$/, "")}`;
}

/** Whether a date is one that a release can have: a year, a month of it, or a day. */
export function isReleaseDate(text: string): boolean {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (!match) {
    return false;
  }
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCFullYear(year);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** What is heard of a preview that is to begin there and last so long: half of its track at most, and within it. */
export function heardOf(startMs: number, lengthMs: number, durationMs: number): { from: number; to: number } {
  const length = Math.min(lengthMs, Math.floor(durationMs / 2));
  const from = Math.min(startMs, durationMs - length);
  return { from, to: from + length };
}

/** Reads a place or a length, "1:05", "65" or "0:30.5", as milliseconds; undefined if it is none. */
export function readClock(text: string): number | undefined {
  const match = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!match?.[3]) {
    return undefined;
  }
  const [, hours = "0", minutes, seconds, rest = "0"] = match;
  if (minutes !== undefined && Number(seconds) > 59) {
    return undefined;
  }
  const whole = Number(hours) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds);
  return whole * 1000 + Number(rest.padEnd(3, "0"));
}

/** Writes milliseconds so that {@link readClock} reads the same. */
export function writeClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const rest = ms % 1000;
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return rest === 0 ? text : `${text}.${String(rest).padStart(3, "0").replace(/0+$/, "")}`;
}
