import { ask, type components } from "@resonance/sdk";
import { queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { meQuery } from "../../app/me.ts";
import { queryClient } from "../../app/query.ts";

export type Caps = components["schemas"]["SpendingCaps"];
export type Spending = components["schemas"]["Spending"];

export const KINDS = ["perPlay", "perDay", "perMonth", "perArtist"] as const;

/** What the account wants to spend at most. */
export const capsQuery = queryOptions({
  queryKey: ["spending-caps"],
  // Set on another device they hold here, too.
  staleTime: 0,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/me/spending-caps", { signal })),
});

/** What is spent of each cap. */
export const spendingQuery = queryOptions({
  queryKey: ["wallet", "spending"],
  staleTime: 0,
  queryFn: ({ signal }) => ask(server.api.GET("/api/v1/me/spending", { signal })),
});

/** Sets some of the caps; null for no limit. The others stay as they are. */
export async function putCaps(change: Caps): Promise<void> {
  const before = await queryClient.fetchQuery({ ...capsQuery, staleTime: 0 });
  const body = { ...before, ...change };
  const caps = await ask(server.api.PUT("/api/v1/me/spending-caps", { body }));
  queryClient.setQueryData(capsQuery.queryKey, caps);
}

const AGREED = "resonance.paying";

/** Whether the account knows that listening costs something: it has said so on this device, or has set a cap. */
export async function hasAgreed(): Promise<boolean> {
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (me && read() === me.userId) {
    return true;
  }
  const caps = await queryClient.fetchQuery(capsQuery);
  return KINDS.some((kind) => caps[kind]);
}

export function agree(): void {
  const me = queryClient.getQueryData(meQuery.queryKey);
  try {
    localStorage.setItem(AGREED, me?.userId ?? "");
  } catch {
    // Storage that is closed to us: it is asked again after a reload, unless a cap was chosen.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(AGREED);
  } catch {
    return null;
  }
}
