/** How a player that wants sound fares: what its engine and its connection say, and for how long. */
export interface Lifeline {
  readonly wanted: boolean;
  readonly flowing: boolean;
  readonly lost: boolean;
  /** Since when there is no sound for want of a connection, in milliseconds. */
  readonly since: number | undefined;
  /** It waited long enough and paused; it goes on by itself when the connection is back. */
  readonly gaveUp: boolean;
}

export type Sign =
  | { readonly kind: "wanted" | "flowing" | "lost"; readonly is: boolean; readonly now: number }
  | { readonly kind: "tick"; readonly now: number };

/** So long without sound it waits before it pauses. */
export const GRACE_MS = 10_000;

export const atRest: Lifeline = {
  wanted: false,
  flowing: false,
  lost: false,
  since: undefined,
  gaveUp: false,
};

export function after(line: Lifeline, sign: Sign): Lifeline {
  const told = tell(line, sign);
  const starved = told.wanted && told.lost && !told.flowing;
  const since = starved ? (told.since ?? sign.now) : undefined;
  const late = since !== undefined && sign.now - since >= GRACE_MS;
  return { ...told, since, gaveUp: told.wanted && told.lost && (told.gaveUp || late) };
}

function tell(line: Lifeline, sign: Sign): Lifeline {
  if (sign.kind === "tick") {
    return line;
  }
  const told = { ...line, [sign.kind]: sign.is };
  // Nobody waits for what is not wanted.
  return sign.kind === "wanted" && !sign.is ? { ...told, flowing: false, gaveUp: false } : told;
}

export type Shown = "loading" | "playing" | "paused" | "reconnecting";

export function shown(line: Lifeline): Shown {
  if (!line.wanted || line.gaveUp) {
    return "paused";
  }
  if (line.flowing) {
    return "playing";
  }
  return line.lost ? "reconnecting" : "loading";
}
