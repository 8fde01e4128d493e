/** A file or folder that an import left alone, and why. */
export interface Trouble {
  path: string;
  reason: string;
}

/** What an import left alone: the first of it, and how much there is in all. */
export interface Left {
  troubles: readonly Trouble[];
  all: number;
}

/** Reads it from the result of a job, which may be of any kind, and of a server that does not tell. */
export function leftAlone(result: unknown): Left {
  const { broken, skipped, troubles }: Record<string, unknown> =
    typeof result === "object" && result !== null ? { ...result } : {};
  const told = Array.isArray(troubles) ? troubles.filter(isTrouble) : [];
  return { troubles: told, all: Math.max(told.length, count(broken) + count(skipped)) };
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function isTrouble(value: unknown): value is Trouble {
  return (
    typeof value === "object" &&
    value !== null &&
    "path" in value &&
    typeof value.path === "string" &&
    "reason" in value &&
    typeof value.reason === "string"
  );
}
