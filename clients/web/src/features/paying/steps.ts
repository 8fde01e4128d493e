import { money } from "@resonance/sdk";

/** By how much a cap is raised, in beats. */
export const STEPS = ["5", "10", "25", "50", "100"] as const;
export type Step = (typeof STEPS)[number] | "rest";

export const minorOf = (text: string) => money.parse("BEAT", text)?.amount ?? "0";

/** So much of a track that is left is proposed as a whole. */
const SHORT_REST = "25";

/** What is proposed: the rest of a track that ends soon; else no more than the listener had allowed before. */
export function stepFor(rest: money.Amount | undefined, cap: money.Amount | null | undefined): Step {
  if (rest && BigInt(rest.amount) < BigInt(minorOf(SHORT_REST))) {
    return "rest";
  }
  const allowed = BigInt(cap?.amount ?? minorOf(SHORT_REST));
  return STEPS.findLast((step) => BigInt(minorOf(step)) <= allowed) ?? STEPS[0];
}
