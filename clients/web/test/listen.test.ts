import { describe, expect, it } from "vitest";
import { safeNext } from "../src/features/account/next.ts";
import { dayOf, daysBetween } from "../src/features/catalogue/dates.ts";
import { asked, narrows, readFilter } from "../src/features/catalogue/filter.ts";
import { crateSearch } from "../src/features/crate/crate-search.ts";
import { dayAbove, dayName } from "../src/features/crate/days.ts";
import { matching } from "../src/features/palette/commands.ts";
import { neighbours } from "../src/features/search/neighbours.ts";
import { remembered } from "../src/features/search/recent.ts";
import { searchSearch } from "../src/features/search/search-search.ts";
import { ago } from "../src/features/settings/ago.ts";

const HERE = "https://music.example";

describe("where a log-in leads", () => {
  it("goes on to a path of this server, with all that it says", () => {
    expect(safeNext("/crate?tab=history#x", HERE)).toBe("/crate?tab=history#x");
    expect(safeNext("/r/1/../2", HERE)).toBe("/r/2");
  });

  it.each([
    undefined,
    "",
    "crate",
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "javascript:alert(1)",
    "/login",
    "/login?next=/login",
    "/join/",
    "/setup",
  ])("stays here for %j", (next) => {
    expect(safeNext(next, HERE)).toBe("/");
  });

  it("does not take a longer name for the log-in", () => {
    expect(safeNext("/joiner", HERE)).toBe("/joiner");
  });
});

describe("what was searched", () => {
  it("stands first, and once however it was written", () => {
    expect(remembered(["water", "boats"], "  Water ")).toEqual(["Water", "boats"]);
    expect(remembered([], "slow   boats")).toEqual(["slow boats"]);
  });

  it("forgets the oldest, and never keeps a single letter", () => {
    const many = Array.from({ length: 8 }, (_, n) => `search ${n}`);
    expect(remembered(many, "new")).toEqual(["new", ...many.slice(0, 7)]);
    expect(remembered(many, "x")).toEqual(many);
  });
});

describe("what is near a search without a match", () => {
  it("tries each word, the longest first, and beginnings", () => {
    expect(neighbours("slow baots")).toEqual(["baots", "slow", "bao"]);
    expect(neighbours("Tidewatr")).toEqual(["Tide"]);
    expect(neighbours("ab")).toEqual([]);
  });

  it("asks four times at most, and cuts between characters", () => {
    expect(neighbours("seven words that nobody ever wrote down")).toHaveLength(4);
    expect(neighbours("𝄞𝄞𝄞𝄞𝄞𝄞")).toEqual(["𝄞𝄞𝄞"]);
  });
});

describe("an address", () => {
  it("is read as far as it makes sense", () => {
    expect(searchSearch({ q: 1999, type: "artist", genre: 80, priced: false, from: "2025-01-01" })).toEqual({
      q: "1999",
      type: "artist",
      genre: "80",
      priced: false,
      from: "2025-01-01",
    });
    expect(searchSearch({ q: {}, type: "users", priced: "no", from: "yesterday", to: 3 })).toEqual({});
    expect(searchSearch({ q: "x".repeat(300) }).q).toHaveLength(200);
    expect(crateSearch({ tab: "nothing", sort: "title", order: "up", following: "yes" })).toEqual({
      sort: "title",
    });
  });

  it("leaves out days that there are not", () => {
    expect(readFilter({ from: "2026-13-45", to: "2026-02-30" })).toEqual({});
    expect(readFilter({ from: "2024-02-29", to: "2026-12-31" })).toEqual({
      from: "2024-02-29",
      to: "2026-12-31",
    });
  });

  it("asks each list only what it can be asked", () => {
    const filter = readFilter({ genre: "Jazz", priced: true, from: "2025-01-01" });
    expect(asked(filter, "track")).toEqual({ genre: "Jazz", priced: true, releasedFrom: "2025-01-01" });
    expect(asked(filter, "album")).toEqual({ genre: "Jazz", releasedFrom: "2025-01-01" });
    expect(asked(filter, "artist")).toEqual({ genre: "Jazz" });
    expect(narrows({ priced: true }, "album")).toBe(false);
  });
});

describe("the days of a history", () => {
  const at = (day: number, hour: number) => ({ startedAt: new Date(2026, 2, day, hour).toISOString() });

  it("begin with the first play of each, as the listener's clock has it", () => {
    const plays = [at(30, 1), at(29, 23), at(29, 2), at(28, 12)];
    expect(plays.map((_, index) => dayAbove(plays, index))).toEqual([
      "2026-03-30",
      "2026-03-29",
      undefined,
      "2026-03-28",
    ]);
    expect(dayAbove(plays, 4)).toBeUndefined();
  });

  it("are called by name near by, and by date from a week on", () => {
    expect(dayName("2026-03-30", "2026-03-30", "en")).toBe("today");
    expect(dayName("2026-03-29", "2026-03-30", "en")).toBe("yesterday");
    expect(dayName("2026-03-27", "2026-03-30", "en")).toEqual({ date: "Friday" });
    expect(dayName("2026-03-23", "2026-03-30", "en")).toEqual({ date: "Monday, March 23" });
    expect(dayName("2025-12-31", "2026-01-02", "en")).toEqual({ date: "Wednesday" });
    expect(dayName("2025-03-23", "2026-03-30", "de")).toEqual({ date: "Sonntag, 23. März 2025" });
  });

  it("are counted by the calendar", () => {
    expect(daysBetween("2026-02-28", "2026-03-01")).toBe(1);
    expect(dayOf(new Date(2026, 0, 5, 0, 0))).toBe("2026-01-05");
  });
});

describe("commands", () => {
  const command = (label: string) => ({ id: label, label, icon: "home" as const, do: () => {} });
  const commands = ["Theme: Light", "Theme: Dark", "Log out", "Über"].map(command);

  it("are found by how their words begin, without accents", () => {
    expect(matching(commands, "da th").map(({ label }) => label)).toEqual(["Theme: Dark"]);
    expect(matching(commands, "uber")).toHaveLength(1);
    expect(matching(commands, "ut")).toHaveLength(0);
    expect(matching(commands, " ")).toHaveLength(4);
  });
});

describe("how long a device is away", () => {
  const now = Date.parse("2026-03-30T12:00:00Z");

  it("is said in whole steps, and never lies ahead", () => {
    expect(ago("2026-03-30T09:30:00Z", now, "en")).toBe("2 hours ago");
    expect(ago("2026-03-29T11:00:00Z", now, "en")).toBe("yesterday");
    expect(ago("2026-03-30T13:00:00Z", now, "en")).toBe("now");
  });
});
