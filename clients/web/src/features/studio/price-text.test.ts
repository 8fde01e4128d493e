import { expect, test } from "vitest";
import { dearMinute, priceOf } from "./price-text.ts";

const minute = (text: string) => dearMinute(priceOf(text))?.amount;

test("a price of which a minute costs more than a hundred beats is asked about", () => {
  expect(minute("1.7")).toBe("102000000");
  expect(minute("1000000")).toBe("60000000000000");
});

test("any other price is saved as it is written", () => {
  expect(minute("1.6")).toBeUndefined();
  expect(minute("0")).toBeUndefined();
  expect(minute("")).toBeUndefined();
  expect(minute("much")).toBeUndefined();
});
