import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { type Page, page } from "../catalogue/queries.ts";

type Schemas = components["schemas"];
export type Rewards = Schemas["Rewards"];
export type Perk = Schemas["Perk"];
export type Redemption = Schemas["Redemption"];

const pages = {
  staleTime: 0,
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
};

/** What earns points, how many today, and how many there are left to earn. */
export const rewardsQuery = queryOptions({
  queryKey: ["wallet", "rewards"],
  staleTime: 10_000,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/rewards", { signal })),
});

/** What points are exchanged for. */
export const perksQuery = infiniteQueryOptions({
  ...pages,
  queryKey: ["wallet", "perks"],
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/perks", { params: { query: page(pageParam, 50) }, signal })),
});

/** What the account exchanged points for, the newest first. */
export const redemptionsQuery = infiniteQueryOptions({
  ...pages,
  queryKey: ["wallet", "redemptions"],
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/me/redemptions", { params: { query: page(pageParam, 20) }, signal })),
});

/** Exchanges points, once for each `key`. */
export function redeem(body: Schemas["NewRedemption"], key: string): Promise<Redemption> {
  return ask(
    server.api.POST("/api/v1/me/redemptions", { params: { header: { "Idempotency-Key": key } }, body }),
  );
}
