import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { type Page, page } from "../catalogue/queries.ts";

type Schemas = components["schemas"];
export type Transaction = Schemas["Transaction"];

/** What the server knows balances of. */
export const ASSETS = ["BEAT", "BTN", "USDC"] as const;
export type Asset = (typeof ASSETS)[number];

const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
};

/** What moved the account's money, the newest first; of one asset, or of all. */
export const transactionsQuery = (asset: Asset | undefined) =>
  infiniteQueryOptions({
    ...pages,
    queryKey: ["wallet", "transactions", asset],
    staleTime: 0,
    refetchOnWindowFocus: true,
    queryFn: ({ pageParam, signal }) => {
      const query = { ...page(pageParam, 50), ...(asset ? { asset } : {}) };
      return ask(server.api.GET("/api/v1/me/transactions", { params: { query }, signal }));
    },
  });
