import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { type Page, page } from "../catalogue/queries.ts";

type Schemas = components["schemas"];
export type Receipt = Schemas["Receipt"];
export type ReceiptSummary = Schemas["ReceiptSummary"];
export type SessionDispute = NonNullable<Schemas["SessionView"]["dispute"]>;

/** What the account paid for, the newest first. */
export const receiptsQuery = infiniteQueryOptions({
  queryKey: ["wallet", "receipts"],
  staleTime: 0,
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.nextCursor ?? undefined,
  queryFn: ({ pageParam, signal }) =>
    ask(server.api.GET("/api/v1/me/receipts", { params: { query: page(pageParam, 50) }, signal })),
});

/** One receipt, with its proofs. */
export const receiptQuery = (id: string) =>
  queryOptions({
    queryKey: ["wallet", "receipt", id],
    // What is contested is decided by somebody else, while nobody looks at it here.
    staleTime: 0,
    refetchOnWindowFocus: true,
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/me/receipts/{id}", { params: { path: { id } }, signal })),
  });

/** Whether a session was contested, and what came of it; null if it never was, or the server does not say. */
export const disputeQuery = (id: string) =>
  queryOptions({
    queryKey: ["wallet", "dispute", id],
    staleTime: 0,
    refetchOnWindowFocus: true,
    queryFn: async ({ signal }): Promise<SessionDispute | null> =>
      (await ask(server.api.GET("/api/v1/sessions/{id}", { params: { path: { id } }, signal }))).dispute ??
      null,
  });
