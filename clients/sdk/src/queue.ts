/** One place in a queue. The same track may stand in several, so each has a key of its own. */
export interface Entry {
  readonly key: number;
  /** The track. */
  readonly id: string;
  /** Put there by the listener, not by the list that was played. */
  readonly asked: boolean;
}

export type Repeat = "off" | "all" | "one";

/**
 * What plays, what played before it and what comes. A value: each change gives a new one.
 * `entries` stand in the order in which they play, shuffled or not.
 */
export interface Queue<Source = unknown> {
  readonly entries: readonly Entry[];
  /** Which of them is current; -1 when there is none. */
  readonly at: number;
  readonly repeat: Repeat;
  /** Where the list came from. */
  readonly source: Source | undefined;
  /** The order before it was shuffled; undefined when it is not. */
  readonly unshuffled: readonly Entry[] | undefined;
  /** The key of the next entry to come. */
  readonly fresh: number;
}

/** The listener pressed a key, or the track came to its end. */
export type Why = "pressed" | "ended";

export function empty<S>(): Queue<S> {
  return { entries: [], at: -1, repeat: "off", source: undefined, unshuffled: undefined, fresh: 1 };
}

function made(ids: readonly string[], fresh: number, asked: boolean): Entry[] {
  return ids.map((id, index) => ({ key: fresh + index, id, asked }));
}

/** The whole list, from the one at `index` on: what stands before it can be gone back to. */
export function play<S>(queue: Queue<S>, ids: readonly string[], index = 0, source?: S): Queue<S> {
  const entries = made(ids, queue.fresh, false);
  const at = entries.length === 0 ? -1 : Math.min(Math.max(0, Math.trunc(index)), entries.length - 1);
  return { ...queue, entries, at, source, unshuffled: undefined, fresh: queue.fresh + ids.length };
}

/** The entry that plays. */
export function current(queue: Queue): Entry | undefined {
  return queue.entries[queue.at];
}

/** What has been passed, the earliest first. */
export function history(queue: Queue): readonly Entry[] {
  return queue.entries.slice(0, Math.max(0, queue.at));
}

/** What the listener asked to hear next: it comes before the rest of the list. */
export function next(queue: Queue): readonly Entry[] {
  let end = queue.at + 1;
  while (queue.entries[end]?.asked) {
    end++;
  }
  return queue.entries.slice(queue.at + 1, end);
}

/** What comes after that. */
export function later(queue: Queue): readonly Entry[] {
  return queue.entries.slice(queue.at + 1 + next(queue).length);
}

/** Right behind the current one, before everything else. */
export function playNext<S>(queue: Queue<S>, ids: readonly string[]): Queue<S> {
  return put(queue, ids, "next");
}

/** At the end. */
export function enqueue<S>(queue: Queue<S>, ids: readonly string[]): Queue<S> {
  return put(queue, ids, "end");
}

function put<S>(queue: Queue<S>, ids: readonly string[], where: "next" | "end"): Queue<S> {
  if (ids.length === 0) {
    return queue;
  }
  const added = made(ids, queue.fresh, true);
  const now = current(queue);
  const into = (entries: readonly Entry[]) => {
    const place = where === "end" ? entries.length : indexOf(entries, now?.key) + 1;
    return [...entries.slice(0, place), ...added, ...entries.slice(place)];
  };
  return {
    ...queue,
    entries: into(queue.entries),
    // What is put into an empty queue is what plays.
    at: now ? queue.at : 0,
    unshuffled: queue.unshuffled && into(queue.unshuffled),
    fresh: queue.fresh + ids.length,
  };
}

function indexOf(entries: readonly Entry[], key: number | undefined): number {
  return entries.findIndex((entry) => entry.key === key);
}

/** Goes to the entry with this key; stays where it is when there is none. */
export function jump<S>(queue: Queue<S>, key: number): Queue<S> {
  const at = indexOf(queue.entries, key);
  return at < 0 || at === queue.at ? queue : { ...queue, at };
}

/** The index of what follows; undefined at the end. */
export function following(queue: Queue, why: Why): number | undefined {
  const { entries, at, repeat } = queue;
  if (entries.length === 0) {
    return undefined;
  }
  if (why === "ended" && repeat === "one") {
    return at;
  }
  if (at + 1 < entries.length) {
    return at + 1;
  }
  return repeat === "off" ? undefined : 0;
}

/** What plays after the current one by itself: the engine makes it ready. */
export function upcoming(queue: Queue): Entry | undefined {
  const index = following(queue, "ended");
  return index === undefined ? undefined : queue.entries[index];
}

/** Goes on to what follows; undefined when that was the last. */
export function advance<S>(queue: Queue<S>, why: Why): Queue<S> | undefined {
  const at = following(queue, why);
  return at === undefined ? undefined : { ...queue, at };
}

/** Goes back to what was before; undefined at the beginning. */
export function goBack<S>(queue: Queue<S>): Queue<S> | undefined {
  if (queue.at > 0) {
    return { ...queue, at: queue.at - 1 };
  }
  return queue.repeat !== "off" && queue.entries.length > 1
    ? { ...queue, at: queue.entries.length - 1 }
    : undefined;
}

/** Takes entries out. When the current one goes, the one after it is current, or the last that is left. */
export function remove<S>(queue: Queue<S>, keys: ReadonlySet<number>): Queue<S> {
  const stays = (entry: Entry) => !keys.has(entry.key);
  const entries = queue.entries.filter(stays);
  if (entries.length === queue.entries.length) {
    return queue;
  }
  const before = queue.entries.slice(0, Math.max(0, queue.at)).filter(stays).length;
  return {
    ...queue,
    entries,
    at: Math.min(before, entries.length - 1),
    unshuffled: queue.unshuffled?.filter(stays),
  };
}

/**
 * Puts entries, in the order in which they stand, before the one with the key `before`; without it, at the end.
 * The current one stays current wherever it goes.
 */
export function move<S>(queue: Queue<S>, keys: ReadonlySet<number>, before: number | undefined): Queue<S> {
  const moved = queue.entries.filter((entry) => keys.has(entry.key));
  if (moved.length === 0 || (before !== undefined && indexOf(queue.entries, before) < 0)) {
    return queue;
  }
  // Put before one that moves itself: before the first behind it that does not.
  let target = before === undefined ? queue.entries.length : indexOf(queue.entries, before);
  while (queue.entries[target] && keys.has(queue.entries[target]?.key ?? 0)) {
    target++;
  }
  const head = queue.entries.slice(0, target).filter((entry) => !keys.has(entry.key));
  const tail = queue.entries.slice(target).filter((entry) => !keys.has(entry.key));
  const entries = [...head, ...moved, ...tail];
  return { ...queue, entries, at: indexOf(entries, current(queue)?.key) };
}

/** One place up or down; a first or last one stays. */
export function step<S>(queue: Queue<S>, key: number, by: 1 | -1): Queue<S> {
  const from = indexOf(queue.entries, key);
  const to = from + by;
  if (from < 0 || to < 0 || to >= queue.entries.length) {
    return queue;
  }
  const target = by < 0 ? queue.entries[to]?.key : queue.entries[to + 1]?.key;
  return move(queue, new Set([key]), target);
}

/** Right behind the current one. */
export function bringNext<S>(queue: Queue<S>, key: number): Queue<S> {
  const now = current(queue);
  if (!now || now.key === key) {
    return queue;
  }
  const target = queue.entries.slice(queue.at + 1).find((entry) => entry.key !== key);
  const moved = move(queue, new Set([key]), target?.key);
  const asked = moved.entries.map((entry) => (entry.key === key ? { ...entry, asked: true } : entry));
  return { ...moved, entries: asked };
}

/** The current one stays; all that comes, and all that was, goes. */
export function clear<S>(queue: Queue<S>): Queue<S> {
  const now = current(queue);
  return { ...queue, entries: now ? [now] : [], at: now ? 0 : -1, unshuffled: undefined };
}

export function setRepeat<S>(queue: Queue<S>, repeat: Repeat): Queue<S> {
  return repeat === queue.repeat ? queue : { ...queue, repeat };
}

/** An order that `seed` decides, with the current one first. The order of before can be had again. */
export function shuffle<S>(queue: Queue<S>, seed: number): Queue<S> {
  const order = queue.unshuffled ?? queue.entries;
  const now = current(queue);
  const rest = order.filter((entry) => entry.key !== now?.key);
  const random = seeded(seed);
  for (let last = rest.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [rest[last], rest[other]];
    if (a && b) {
      [rest[last], rest[other]] = [b, a];
    }
  }
  return { ...queue, entries: now ? [now, ...rest] : rest, at: now ? 0 : -1, unshuffled: order };
}

/** The order of before; what was put in or taken out meanwhile stays so. */
export function unshuffle<S>(queue: Queue<S>): Queue<S> {
  if (!queue.unshuffled) {
    return queue;
  }
  const entries = queue.unshuffled;
  return { ...queue, entries, at: indexOf(entries, current(queue)?.key), unshuffled: undefined };
}

/**
 * The tracks of another device in its order, of which the one at `index` is on. What is here already keeps its key; when
 * it is to `stay`, the current one stays current where it is among them.
 */
export function adopt<S>(queue: Queue<S>, ids: readonly string[], index: number, stay: boolean): Queue<S> {
  const same = ids.length === queue.entries.length && ids.every((id, at) => queue.entries[at]?.id === id);
  const now = current(queue);
  if (same) {
    return stay && now ? queue : { ...queue, at: bounded(index, ids.length) };
  }
  const here = new Map<string, Entry[]>();
  // The current one first: of several places of one track, its own is found again.
  for (const entry of now ? [now, ...queue.entries.filter(({ key }) => key !== now.key)] : queue.entries) {
    here.set(entry.id, [...(here.get(entry.id) ?? []), entry]);
  }
  let fresh = queue.fresh;
  const entries = ids.map((id): Entry => here.get(id)?.shift() ?? { key: fresh++, id, asked: false });
  const kept = stay ? indexOf(entries, now?.key) : -1;
  const at = kept >= 0 ? kept : bounded(index, entries.length);
  return { ...queue, entries, at, unshuffled: undefined, fresh };
}

/** The nearest index that there is; -1 when there is none. */
function bounded(index: number, length: number): number {
  return Math.min(Math.max(0, Math.trunc(index)), length - 1);
}

/** A stream of numbers in [0, 1) that is always the same for one seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A queue as it is kept on a device. */
export interface Kept<S> {
  readonly ids: readonly string[];
  /** Indices of those that the listener put there. */
  readonly asked: readonly number[];
  readonly at: number;
  readonly repeat: Repeat;
  readonly source: S | undefined;
  /** For each place before the shuffle, which of `ids` stood there. */
  readonly unshuffled: readonly number[] | undefined;
}

export function keep<S>(queue: Queue<S>): Kept<S> {
  const { entries, at, repeat, source, unshuffled } = queue;
  const places = new Map(entries.map((entry, index) => [entry.key, index]));
  return {
    ids: entries.map((entry) => entry.id),
    asked: entries.flatMap((entry, index) => (entry.asked ? [index] : [])),
    at,
    repeat,
    source,
    unshuffled: unshuffled?.flatMap((entry) => places.get(entry.key) ?? []),
  };
}

export function restore<S>(kept: Kept<S>): Queue<S> {
  const asked = new Set(kept.asked);
  const entries = kept.ids.map((id, index) => ({ key: index + 1, id, asked: asked.has(index) }));
  const unshuffled = kept.unshuffled?.flatMap((index) => entries[index] ?? []);
  return {
    entries,
    at: entries.length === 0 ? -1 : Math.min(Math.max(0, kept.at), entries.length - 1),
    repeat: kept.repeat,
    source: kept.source,
    unshuffled: unshuffled?.length === entries.length ? unshuffled : undefined,
    fresh: entries.length + 1,
  };
}
