import { expect, test } from "vitest";
import { movements } from "./movements.ts";
import type { Transaction } from "./queries.ts";

const of = (entry: number, amount: string, more: Partial<Transaction> = {}): Transaction => ({
  entry,
  key: `entry:${entry}`,
  at: "2026-11-22T12:00:00Z",
  kind: "capture",
  description: "",
  asset: "BEAT",
  amount,
  available: "0",
  held: "0",
  artists: [],
  ...more,
});
const listening = [
  of(4, "-2", { sessionId: "b" }),
  of(3, "0", { sessionId: "b", kind: "hold_granted", held: "60" }),
  of(2, "-5", { sessionId: "a" }),
  of(1, "9", { kind: "top_up" }),
];
const amounts = (open?: string) =>
  movements(listening, false, new Set(open ? [open] : [])).map(({ amount }) => amount);

test("what was only set aside is left out, unless it is asked for", () => {
  expect(amounts()).toEqual([-2n, -5n, 9n]);
  expect(movements(listening, true, new Set())).toHaveLength(3);
});

test("what an open play has cost so far is told by its own row", () => {
  expect(amounts("b")).toEqual([-5n, 9n]);
});

test("what a session took before and after something else is said to be a part of it", () => {
  const list = [
    of(4, "-11", { sessionId: "a" }),
    of(3, "12", { kind: "top_up" }),
    of(2, "-8", { sessionId: "a" }),
    of(1, "-5", { sessionId: "b" }),
  ];
  const found = movements(list, false, new Set());
  expect(found.map(({ amount, isPart }) => [amount, isPart])).toEqual([
    [-11n, true],
    [12n, false],
    [-8n, true],
    [-5n, false],
  ]);
});

test("a play of which more may come is not told yet", () => {
  const list = [
    of(4, "12", { kind: "top_up" }),
    of(3, "-8", { sessionId: "a" }),
    of(2, "-5", { sessionId: "b" }),
    of(1, "0", { sessionId: "b", kind: "hold_granted", held: "5" }),
  ];
  const told = (hasMore: boolean) => movements(list, false, new Set(), hasMore).map(({ amount }) => amount);
  expect(told(true)).toEqual([12n, -8n]);
  expect(told(false)).toEqual([12n, -8n, -5n]);
  // One long play may fill all that was asked for.
  const lone = movements(list.slice(2), false, new Set(), true);
  expect(lone.map(({ amount, isPart }) => [amount, isPart])).toEqual([[-5n, true]]);
  // What is no play is whole.
  expect(movements(list.slice(0, 1), false, new Set(), true)).toHaveLength(1);
});
