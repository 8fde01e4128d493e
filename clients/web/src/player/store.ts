import { queue as queues } from "@resonance/sdk";
import type { KeptPlay } from "@resonance/sdk/meter";
import type { Ribbon } from "@resonance/sdk/ribbon";
import { get, set } from "idb-keyval";
import type { Source } from "./player.ts";

type Queue = queues.Queue<Source>;

const QUEUE = "resonance.queue";
const PLACE = "resonance.place";
const SHARED = "resonance.shared";
const SOUND = "resonance.sound";
const PLAY = "resonance.play";

let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps the queue on this device: ids only, and a moment later, so that a row of changes is written once. */
export function keepQueue(queue: Queue): void {
  clearTimeout(timer);
  timer = setTimeout(() => void set(QUEUE, queues.keep(queue)).catch(() => {}), 300);
}

export async function keptQueue(): Promise<Queue | undefined> {
  const found = await get<queues.Kept<Source>>(QUEUE).catch(() => undefined);
  return found ? queues.restore(found) : undefined;
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage that is closed to us: the next visit begins anew.
  }
}

function read(name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(name) ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Where in which track; written at once, for a page that is about to go. */
export function keepPlace(id: string, ms: number): void {
  write(PLACE, { id, ms: Math.round(ms) });
}

export function keptPlace(id: string): number {
  const { id: of, ms } = read(PLACE);
  return of === id && typeof ms === "number" ? ms : 0;
}

/** The queue of the account as this device last saw it on the server, and what the server does not have of it. */
export interface Shared {
  owner: string;
  /** What a write has to name. */
  tag: string;
  /** When the last of it was changed here. */
  at: number;
  change?: "place" | "tracks";
}

export function keepShared(shared: Shared): void {
  write(SHARED, shared);
}

export function keptShared(): Shared | undefined {
  const { owner, tag, at, change } = read(SHARED);
  if (typeof owner !== "string" || typeof tag !== "string" || typeof at !== "number") {
    return undefined;
  }
  return { owner, tag, at, ...((change === "place" || change === "tracks") && { change }) };
}

export interface SoundSettings {
  volume: number;
  muted: boolean;
  speed: number;
}

export function keepSound({ volume, muted, speed }: SoundSettings): void {
  write(SOUND, { volume, muted, speed });
}

export function keptSound(): SoundSettings {
  const { volume, muted, speed } = read(SOUND);
  return {
    volume: typeof volume === "number" ? Math.min(1, Math.max(0, volume)) : 1,
    muted: muted === true,
    speed: typeof speed === "number" ? Math.min(2, Math.max(0.5, speed)) : 1,
  };
}

/** A play that is paid for, as a page leaves it. */
export interface LeftPlay extends KeptPlay {
  /** What there was when it began, in minor units. */
  purse: string | undefined;
  /** What of the track was paid for until then. */
  ribbon: Ribbon;
}

/**
 * Keeps the session that is paid in, its key with it, for this tab and as long as it lives: a reload goes on with it, and
 * no other tab can. The key signs for this one session, whose seconds the server counts.
 */
export function keepPlay(play: LeftPlay | undefined): void {
  try {
    if (play) {
      sessionStorage.setItem(PLAY, JSON.stringify(play));
    } else {
      sessionStorage.removeItem(PLAY);
    }
  } catch {
    // Storage that is closed to us: after a reload another session begins.
  }
}

export function keptPlay(): LeftPlay | undefined {
  try {
    const { trackId, secret, kept, at, purse, ribbon }: Record<string, unknown> = JSON.parse(
      sessionStorage.getItem(PLAY) ?? "{}",
    );
    const isWhole = typeof trackId === "string" && typeof secret === "string" && typeof kept === "string";
    return isWhole && typeof at === "number"
      ? {
          trackId,
          secret,
          kept,
          at,
          purse: typeof purse === "string" ? purse : undefined,
          ribbon: isRibbon(ribbon) ? ribbon : [],
        }
      : undefined;
  } catch {
    return undefined;
  }
}

function isRibbon(value: unknown): value is Ribbon {
  const isPart = (part: unknown) =>
    Array.isArray(part) && part.length === 2 && part.every((at) => typeof at === "number");
  return Array.isArray(value) && value.every(isPart);
}
