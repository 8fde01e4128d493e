import { expect, test } from "vitest";
import { withLeft, withMore } from "./balance.ts";

const beats = (available: string, held: string) => ({ asset: "BEAT", available, held });
const points = { asset: "BTN", available: "7", held: "0" };

test("what was spent is missing from what was set aside for it", () => {
  expect(withLeft([beats("440", "60"), points], "BEAT", 491n)).toEqual([beats("440", "51"), points]);
});

test("what was spent beyond that is missing from what there is", () => {
  expect(withLeft([beats("440", "60")], "BEAT", 400n)).toEqual([beats("400", "0")]);
});

test("nobody has more than the server said", () => {
  expect(withLeft([beats("440", "60")], "BEAT", 520n)).toEqual([beats("440", "60")]);
});

test("what came in is there to be spent, and nothing of it set aside", () => {
  const by = { asset: "BEAT", amount: "250" };
  expect(withMore([beats("0", "50"), points], by)).toEqual([beats("250", "50"), points]);
});
