import i18next from "i18next";
import { expect, test } from "vitest";
import wallet from "../../i18n/en/wallet.json" with { type: "json" };
import type { Transaction } from "./queries.ts";
import { wordsOf } from "./words.ts";

const texts = i18next.createInstance();
await texts.init({ lng: "en", resources: { en: { translation: { wallet } } } });

const of = (more: Partial<Transaction>): string =>
  wordsOf(texts.t, {
    entry: 1,
    key: "capture:1:2",
    at: "2026-11-22T12:00:00Z",
    kind: "capture",
    description: "in the server's words",
    asset: "BEAT",
    amount: "-2",
    available: "0",
    held: "-2",
    artists: [{ id: "1", name: "Ana" }],
    ...more,
  });

test("a transaction says what was heard, and what earned points", () => {
  expect(of({ title: "Dawn" })).toBe("Listening to “Dawn”");
  expect(of({})).toBe("Listening to Ana");
  expect(of({ kind: "reward", key: "reward:first-like:1:2", title: "Dawn" })).toMatch(/: “Dawn”$/);
  expect(of({ kind: "dispute_upheld", title: "Dawn" })).toBe("Given back after a dispute: “Dawn”");
  expect(of({ kind: "of a newer server" })).toBe("in the server's words");
});
