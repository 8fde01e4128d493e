import { expect, test } from "vitest";
import { hasCome, releaseDay } from "./dates.ts";

test("a release date says no more than is known", () => {
  expect(releaseDay("1999", "en")).toBe("1999");
  expect(releaseDay("1999-11", "en")).toBe("November 1999");
  expect(releaseDay("1999-11-21", "en")).toBe("November 21, 1999");
  expect(releaseDay("1999-11", "de")).toBe("November 1999");
});

test("a year or a month has come when it has begun", () => {
  const come = ["2026", "2026-11", "2026-11-23", "1999-12-31"];
  expect(come.filter((date) => !hasCome(date, "2026-11-23"))).toEqual([]);
  const toCome = ["9999", "2027", "2026-12", "2026-11-24"];
  expect(toCome.filter((date) => hasCome(date, "2026-11-23"))).toEqual([]);
});
