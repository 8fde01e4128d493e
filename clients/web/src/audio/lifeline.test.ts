import { describe, expect, it } from "vitest";
import { atRest, GRACE_MS, type Lifeline, after as next, type Sign, shown } from "./lifeline.ts";

const told = (...signs: Sign[]): Lifeline => signs.reduce(next, atRest);
const sign = (kind: "wanted" | "flowing" | "lost", is: boolean, now = 0): Sign => ({ kind, is, now });
const playing = [sign("wanted", true), sign("flowing", true)];

describe("a player that loses its connection", () => {
  it("plays on what is buffered", () => {
    expect(shown(told(...playing, sign("lost", true, 5)))).toBe("playing");
  });

  it("says so when that is used up, waits, and pauses", () => {
    const starved = told(...playing, sign("lost", true, 1000), sign("flowing", false, 2000));
    expect(shown(starved)).toBe("reconnecting");
    expect(shown(next(starved, { kind: "tick", now: 2000 + GRACE_MS - 1 }))).toBe("reconnecting");
    const late = next(starved, { kind: "tick", now: 2000 + GRACE_MS });
    expect(shown(late)).toBe("paused");
    expect(late.wanted).toBe(true);
  });

  it("goes on by itself when the connection is back", () => {
    const paused = told(
      ...playing,
      sign("lost", true),
      sign("flowing", false),
      { kind: "tick", now: GRACE_MS },
      sign("lost", false, GRACE_MS + 5000),
    );
    expect(paused.gaveUp).toBe(false);
    expect(shown(paused)).toBe("loading");
    expect(shown(next(paused, sign("flowing", true)))).toBe("playing");
  });

  it("stays paused when the listener paused it meanwhile", () => {
    const line = told(
      ...playing,
      sign("lost", true),
      sign("flowing", false),
      { kind: "tick", now: GRACE_MS },
      sign("wanted", false),
      sign("lost", false),
    );
    expect(shown(line)).toBe("paused");
    expect(line.wanted).toBe(false);
  });

  it("begins to wait anew when sound came in between", () => {
    const line = told(
      ...playing,
      sign("lost", true, 0),
      sign("flowing", false, 0),
      sign("flowing", true, 9000),
      sign("flowing", false, 9500),
      { kind: "tick", now: 12_000 },
    );
    expect(shown(line)).toBe("reconnecting");
  });
});
