import { ask, type components, money } from "@resonance/sdk";
import { server } from "../../app/client.ts";

/** Every way in that this version of the server knows. They are tests and play: nothing is charged anywhere. */
export const WAYS = ["test", "test-declined", "test-unknown", "test-lost", "faucet"] as const;
export type Way = (typeof WAYS)[number];

/** The most that the server takes at a time: a million beats, and a thousand of play money. */
const MOST = { faucet: 1_000_000_000n, paid: 1_000_000_000_000n };

export type TopUpState = components["schemas"]["TopUpState"];

export interface Outcome {
  /** By which a payment that is pending is asked about. */
  id: string;
  state: TopUpState;
}

/** What is wrong with what was typed as an amount; the amount itself if nothing is. */
export function amountOf(text: string, way: Way): money.Amount | "no_figure" | "too_much" {
  const amount = money.parse("BEAT", text);
  if (!amount || BigInt(amount.amount) === 0n) {
    return "no_figure";
  }
  return BigInt(amount.amount) > (way === "faucet" ? MOST.faucet : MOST.paid) ? "too_much" : amount;
}

/** Pays in. `key` is of this intention: sent again under it, the same request pays once. */
export async function payIn({ asset, amount }: money.Amount, way: Way, key: string): Promise<Outcome> {
  const params = { header: { "Idempotency-Key": key } };
  if (way === "faucet") {
    const { id } = await ask(server.api.POST("/api/v1/dev/faucet", { params, body: { amount } }));
    return { id, state: "settled" };
  }
  return await ask(server.api.POST("/api/v1/me/top-ups", { params, body: { asset, amount, method: way } }));
}

/** What became of a payment that was pending. */
export function lookUp(id: string, signal: AbortSignal): Promise<Outcome> {
  return ask(server.api.GET("/api/v1/me/top-ups/{id}", { params: { path: { id } }, signal }));
}
