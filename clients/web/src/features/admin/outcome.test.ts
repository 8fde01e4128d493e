import { expect, it } from "vitest";
import { leftAlone } from "./outcome.ts";

const trouble = { path: "Shelf/1.mp3", reason: "no sound in it" };

it("tells what an import left alone, and how much more there is", () => {
  const result = { seen: 140, broken: 120, skipped: 3, troubles: [trouble, { path: 1 }, null] };
  expect(leftAlone(result)).toEqual({ troubles: [trouble], all: 123 });
  expect(leftAlone({ broken: 0, skipped: 0, troubles: [trouble] }).all).toBe(1);
});

it("finds nothing in the result of another job, or of none", () => {
  for (const result of [undefined, null, "done", [], { sent: 3 }, { troubles: "many" }]) {
    expect(leftAlone(result)).toEqual({ troubles: [], all: 0 });
  }
});
