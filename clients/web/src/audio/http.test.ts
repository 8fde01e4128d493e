import { describe, expect, it } from "vitest";
import { partOf } from "./http.ts";

describe("what the server says of a preview", () => {
  it("is which part of the track it is", () => {
    expect(partOf("start=30000, length=15000")).toEqual({ startMs: 30_000, lengthMs: 15_000 });
  });

  it("is nothing for the whole, or for what it did not say", () => {
    expect(partOf(null)).toBeUndefined();
    expect(partOf("start=x, length=1")).toBeUndefined();
  });
});
