import { ask, type components } from "@resonance/sdk";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { server } from "../../app/client.ts";
import { type Page, page } from "../catalogue/queries.ts";

type Schemas = components["schemas"];
export type Receipt = Schemas["Receipt"];
export type ReceiptSummary = Schemas["ReceiptSummary"];

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
    queryFn: ({ signal }) =>
      ask(server.api.GET("/api/v1/me/receipts/{id}", { params: { path: { id } }, signal })),
  });
