import { describe, expect, it } from "vitest";
import {
  basisPoints,
  coverOf,
  heardOf,
  homeOf,
  isReleaseDate,
  kindOf,
  moved,
  type Place,
  percent,
  placed,
  readClock,
  renumbered,
  writeClock,
} from "../src/release.ts";

const place = (text: string): Place => {
  const [id = "", at = "1.1"] = text.split("@");
  const [disc, track] = at.split(".");
  return { id, discNo: Number(disc), trackNo: Number(track) };
};
const places = (...texts: string[]) => texts.map(place);
const written = (found: readonly Place[]) =>
  found.map(({ id, discNo, trackNo }) => `${id}@${discNo}.${trackNo}`);

describe("the order of a release", () => {
  it("numbers what was moved, and leaves alone what has its number", () => {
    expect(written(renumbered(places("a@1.1", "b@1.2", "c@1.3")))).toEqual([]);
    expect(written(renumbered(places("c@1.3", "a@1.1", "b@1.2")))).toEqual(["c@1.1", "a@1.2", "b@1.3"]);
    expect(written(renumbered(places("a@1.1", "c@1.3", "b@1.2")))).toEqual(["c@1.2", "b@1.3"]);
  });

  it("numbers what has no numbers yet", () => {
    expect(written(renumbered(places("a@1.0", "b@1.0")))).toEqual(["a@1.1", "b@1.2"]);
  });

  it("begins anew on each disc, and takes a track to the disc among whose tracks it stands", () => {
    expect(written(renumbered(places("a@1.1", "b@1.2", "c@2.1", "d@2.2")))).toEqual([]);
    expect(written(renumbered(places("a@1.1", "c@2.1", "b@1.2", "d@2.2")))).toEqual([
      "c@1.2",
      "b@1.3",
      "d@2.1",
    ]);
    expect(written(renumbered(places("a@1.1", "c@2.1", "b@1.2")))).toEqual(["c@1.2", "b@1.3"]);
    expect(written(renumbered(places("c@2.1", "a@1.1", "b@1.2", "d@2.2")))).toEqual([
      "c@1.1",
      "a@1.2",
      "b@1.3",
      "d@2.1",
    ]);
  });

  it("moves several at once and keeps them in their order", () => {
    const ids = ["a", "b", "c", "d"];
    expect(moved(ids, new Set(["a"]), "c", "after")).toEqual(["b", "c", "a", "d"]);
    expect(moved(ids, new Set(["d", "b"]), "a", "before")).toEqual(["b", "d", "a", "c"]);
    expect(moved(ids, new Set(["b"]), "b", "after")).toEqual(ids);
    expect(moved(ids, new Set(["c", "d"]), "d", "before")).toEqual(ids);
  });

  it("puts newcomers behind, unless they have a number that is free", () => {
    const there = places("a@1.1", "b@1.2");
    expect(written(placed(there, places("x@1.0", "y@1.2", "z@1.7")))).toEqual(["x@1.3", "y@1.4"]);
    expect(written(placed([], places("x@1.0", "y@1.0")))).toEqual(["x@1.1", "y@1.2"]);
    expect(written(placed([], places("x@1.2", "y@1.1", "z@1.0")))).toEqual(["z@1.3"]);
  });
});

describe("files that come together", () => {
  it("are told apart by name or type", () => {
    const kinds = ["a.MP3", "b.flac", "cover.jpg", "notes.txt", "x"].map((name) =>
      kindOf({ name, type: "" }),
    );
    expect(kinds).toEqual(["sound", "sound", "picture", "other", "other"]);
    expect(kindOf({ name: "x", type: "audio/ogg" })).toBe("sound");
  });

  it("have their cover by its name", () => {
    const names = (...list: string[]) => list.map((name) => ({ name }));
    expect(coverOf(names("back.jpg", "folder.jpg", "Cover.png"))?.name).toBe("Cover.png");
    expect(coverOf(names("back.jpg", "album front.jpg"))?.name).toBe("album front.jpg");
    expect(coverOf(names("one.jpg", "two.jpg"))?.name).toBe("one.jpg");
    expect(coverOf([])).toBeUndefined();
  });

  it("become one release where their tags do not say", () => {
    const [a, b] = ["a", "b"].map((id) => ({ id, album: undefined }));
    if (!a || !b) {
      throw new Error();
    }
    expect(homeOf([a, b], false)).toEqual({ is: "new", ids: ["a", "b"] });
    expect(homeOf([a], true)).toEqual({ is: "new", ids: ["a"] });
    expect(homeOf([a], false)).toEqual({ is: "none" });
    expect(homeOf([a, { id: "c", album: "x" }], true)).toEqual({ is: "release", id: "x", ids: ["a"] });
    expect(homeOf([{ id: "c", album: "x" }], true)).toEqual({ is: "none" });
    const two = [a, { id: "c", album: "x" }, { id: "d", album: "y" }];
    expect(homeOf(two, true)).toEqual({ is: "new", ids: ["a"] });
  });
});

describe("shares and dates", () => {
  it("reads and writes percentages exactly", () => {
    expect(["33.33", "50", "0,5 %", "100", "7.5%"].map(basisPoints)).toEqual([3333, 5000, 50, 10_000, 750]);
    expect(["", "x", "101", "33.333", "-1", "1e2"].map(basisPoints)).toEqual(Array(6).fill(undefined));
    expect([3333, 5000, 50, 10_000, 750, 1].map(percent)).toEqual([
      "33.33",
      "50",
      "0.5",
      "100",
      "7.5",
      "0.01",
    ]);
  });

  it("reads and writes lengths", () => {
    expect(["1:05", "65", "0:30.5", "1:00:00", "0"].map(readClock)).toEqual([
      65_000, 65_000, 30_500, 3_600_000, 0,
    ]);
    expect(["", "1:60", "x", "-1", "1:"].map(readClock)).toEqual(Array(5).fill(undefined));
    for (const ms of [0, 999, 30_500, 65_000, 7_200_000]) {
      expect(readClock(writeClock(ms))).toBe(ms);
    }
  });

  it("knows what is heard of a preview, as the server cuts it", () => {
    expect(heardOf(0, 30_000, 45_000)).toEqual({ from: 0, to: 22_500 });
    expect(heardOf(30_000, 30_000, 45_000)).toEqual({ from: 22_500, to: 45_000 });
    expect(heardOf(10_000, 30_000, 180_000)).toEqual({ from: 10_000, to: 40_000 });
    expect(heardOf(0, 1, 1)).toEqual({ from: 0, to: 0 });
  });

  it("knows the dates that there are", () => {
    expect(["1998", "1998-05", "2024-02-29"].every(isReleaseDate)).toBe(true);
    expect(["98", "1998-13", "2023-02-29", "1998-5-1", "0000", "soon"].some(isReleaseDate)).toBe(false);
  });
});
