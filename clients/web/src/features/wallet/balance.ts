import { ask, type money } from "@resonance/sdk";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { useMe } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";
import { useLeft, usePaying } from "../../player/paying.ts";

/** What the account has of every asset. */
export const balancesQuery = queryOptions({
  queryKey: ["wallet", "balances"],
  staleTime: 10_000,
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

/** Asks again for everything about the account's money: something moved it, `by` so much if that is known. */
export function moneyMoved(by?: money.Amount): void {
  const { reading, purse } = usePaying.getState();
  if (by && reading?.asset === by.asset && purse !== undefined) {
    usePaying.setState({ purse: purse + BigInt(by.amount) });
  }
  void queryClient.invalidateQueries({ queryKey: ["wallet"] });
}
