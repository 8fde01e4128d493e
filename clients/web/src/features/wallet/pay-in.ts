import { ask, type components, money } from "@resonance/sdk";
import { queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";

/** Every way in that has a name here. They are tests and play: nothing is charged anywhere. */
const WAYS = ["test", "test-declined", "test-unknown", "test-lost", "faucet"] as const;
export type Way = (typeof WAYS)[number];
type Instance = components["schemas"]["Instance"];

/** What the server is; it stays so until it is started anew. */
export const instanceQuery = queryOptions({
  queryKey: ["instance"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/instance", { signal })),
});

/** Those of the ways that the server has, with the most that it takes at a time, in minor units of BEAT. */
export function waysOf({ waysIn }: Instance): Map<Way, bigint> {
  const ways = new Map<Way, bigint>();
  for (const way of WAYS) {
    const most = way === "faucet" ? waysIn.faucetMost : waysIn.topUpMost;
    if (most && (way === "faucet" || waysIn.topUpMethods.includes(way))) {
      ways.set(way, BigInt(most.amount));
    }
  }
  return ways;
}

export type TopUpState = components["schemas"]["TopUpState"];

export interface Outcome {
  /** By which a payment that is pending is asked about. */
  id: string;
  state: TopUpState;
}

/** What is wrong with what was typed as an amount of at most `most`; the amount itself if nothing is. */
export function amountOf(text: string, most: bigint): money.Amount | "no_figure" | "too_much" {
  const amount = money.parse("BEAT", text);
  if (!amount || BigInt(amount.amount) === 0n) {
    return "no_figure";
  }
  return BigInt(amount.amount) > most ? "too_much" : amount;
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

/** A payment, and what became of it. */
export const topUpQuery = (id: string) =>
  queryOptions({
    queryKey: ["top-up", id],
    staleTime: 0,
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/me/top-ups/{id}", { params: { path: { id } }, signal })),
  });
