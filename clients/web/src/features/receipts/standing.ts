import type { Receipt, SessionDispute } from "./queries.ts";

/** A session may be contested for so long after its end. */
const WITHIN_MS = 30 * 86_400_000;

/** How a session stands between its two sides; `_found`: the server itself found that it does not add up. */
export type Standing =
  | `${"disputed" | "refunded" | "dismissed"}${"" | "_found"}`
  | "contestable"
  | "too_late"
  | "unknown";

/** `dispute`: what became of the one that there was, null if there was none, undefined while that is not known. */
export function standingOf(
  { status, settledAt, total }: Pick<Receipt, "status" | "settledAt" | "total">,
  dispute: Pick<SessionDispute, "status" | "raisedBy"> | null | undefined,
  now: number,
): Standing {
  const found = dispute?.raisedBy === "instance" ? "_found" : "";
  if (status === "disputed" || status === "refunded") {
    return `${status}${found}`;
  }
  // Once only: what was dismissed stays so.
  if (dispute?.status === "dismissed") {
    return `dismissed${found}`;
  }
  if (BigInt(total.amount) === 0n || now - Date.parse(settledAt) > WITHIN_MS) {
    return "too_late";
  }
  return dispute === undefined ? "unknown" : "contestable";
}
