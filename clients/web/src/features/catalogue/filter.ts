/** What a list can be narrowed by; it stands in the page's address. */
export interface Filter {
  genre?: string;
  /** With a price, or free. */
  priced?: boolean;
  /** Out on this day or later, as `2025-11-07`. */
  from?: string;
  /** Out on this day or earlier. */
  to?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Whether it is a day that there is. */
function isDay(value: unknown): value is string {
  if (typeof value !== "string" || !DAY.test(value)) {
    return false;
  }
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

/** Reads what an address says; what makes no sense is left out. */
export function readFilter(search: Record<string, unknown>): Filter {
  const { genre, priced, from, to } = search;
  const filter: Filter = {};
  if ((typeof genre === "string" || typeof genre === "number") && genre !== "") {
    filter.genre = String(genre);
  }
  if (typeof priced === "boolean") {
    filter.priced = priced;
  }
  if (isDay(from)) {
    filter.from = from;
  }
  if (isDay(to)) {
    filter.to = to;
  }
  return filter;
}

/** The same as the server's lists call it; what a kind cannot be narrowed by is left out. */
export function asked({ genre, priced, from, to }: Filter, kind: "track" | "album" | "artist") {
  return {
    ...(genre !== undefined && { genre }),
    ...(kind === "track" && priced !== undefined && { priced }),
    ...(kind !== "artist" && from !== undefined && { releasedFrom: from }),
    ...(kind !== "artist" && to !== undefined && { releasedTo: to }),
  };
}

/** Whether a list of this kind is narrowed at all. */
export function narrows(filter: Filter, kind: "track" | "album" | "artist"): boolean {
  return Object.keys(asked(filter, kind)).length > 0;
}
