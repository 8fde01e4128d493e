import { describe, expect, it } from "vitest";
import { Heard } from "./heard.ts";

describe("what was heard of a track", () => {
  it("is the time in which it sounded, wherever it was sought to", () => {
    const heard = new Heard("t", "id", 0);
    heard.sounding(true, 1000);
    heard.sounding(true, 4000);
    heard.sounding(false, 6000);
    heard.sounding(true, 60_000);
    expect(heard.seconds(62_500)).toBe(7.5);
    heard.sounding(false, 63_000);
    expect(heard.seconds(99_000)).toBe(8);
  });
});
