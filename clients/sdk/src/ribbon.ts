/** The parts of a track that were paid for: from, to, in milliseconds; in order, and apart from each other. */
export type Ribbon = readonly (readonly [from: number, to: number])[];

/** Parts that are hardly apart are one: beats and sound are not told of at the very same moment. */
const SLACK_MS = 600;

/** With a second that was paid for and ended at `at`. */
export function paidUpTo(ribbon: Ribbon, at: number): Ribbon {
  let [from, to] = [Math.max(0, at - 1000), Math.max(0, at)];
  const apart: (readonly [number, number])[] = [];
  for (const part of ribbon) {
    if (part[1] + SLACK_MS < from || to + SLACK_MS < part[0]) {
      apart.push(part);
    } else {
      from = Math.min(from, part[0]);
      to = Math.max(to, part[1]);
    }
  }
  return [...apart, [from, to] as const].sort((one, two) => one[0] - two[0]);
}
