import { ask, type components, type money } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { useLeft, usePaying } from "../../player/paying.ts";

type Balance = components["schemas"]["Balance"];

/** What the account has of every asset. */
export const balancesQuery = queryOptions({
  queryKey: ["wallet", "balances"],
  staleTime: 10_000,
  // Somebody may have listened on another device meanwhile.
  refetchOnWindowFocus: true,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/me/balances", { signal })),
});

/** What somebody who is logged in can spend of an asset; undefined until that is known. */
export function useAvailable(asset: string): money.Amount | undefined {
  const balance = useBalance(asset);
  return balance && { asset, amount: balance.available };
}

/**
 * The same, and what is set aside for what they listen to, for that is still theirs. While something is paid for it moves
 * second by second, as the server counts.
 */
export function useOwn(asset: string): money.Amount | undefined {
  const balance = useBalance(asset);
  const left = useLeft(asset);
  return balance && { asset, amount: String(left ?? BigInt(balance.available) + BigInt(balance.held)) };
}

function useBalance(asset: string) {
  const me = useMe();
  const { data } = useQuery({ ...balancesQuery, enabled: Boolean(me) });
  return me ? data?.find((each) => each.asset === asset) : undefined;
}

/**
 * With so much `left` of an asset, or what there is if that is less. What is set aside goes first: it was set aside for what
 * was spent.
 */
export function withLeft(balances: readonly Balance[], asset: string, left: bigint): Balance[] {
  return balances.map((each) => {
    const [available, held] = [BigInt(each.available), BigInt(each.held)];
    const gone = available + held - left;
    if (each.asset !== asset || gone <= 0n) {
      return each;
    }
    const fromHeld = gone < held ? gone : held;
    return { ...each, available: String(available + fromHeld - gone), held: String(held - fromHeld) };
  });
}

/** With what came in, which nothing is set aside of yet. */
export function withMore(balances: readonly Balance[], by: money.Amount): Balance[] {
  return balances.map((each) =>
    each.asset === by.asset
      ? { ...each, available: String(BigInt(each.available) + BigInt(by.amount)) }
      : each,
  );
}

/** What was spent stays spent until the server, which is asked at the next chance, says otherwise. */
export function keepSpent(asset: string, left: bigint): void {
  queryClient.setQueryData(
    balancesQuery.queryKey,
    (balances) => balances && withLeft(balances, asset, left),
    { updatedAt: 0 },
  );
}

/** Asks again for everything about the account's money: something moved it, `by` so much if that is known. */
export function moneyMoved(by?: money.Amount): void {
  const { reading, purse } = usePaying.getState();
  if (by && reading?.asset === by.asset && purse !== undefined) {
    usePaying.setState({ purse: purse + BigInt(by.amount) });
  }
  if (by) {
    // At the same moment, or what is set aside would seem to be as much more until the server has said so.
    queryClient.setQueryData(balancesQuery.queryKey, (balances) => balances && withMore(balances, by));
  }
  void queryClient.invalidateQueries({ queryKey: ["wallet"] });
}
