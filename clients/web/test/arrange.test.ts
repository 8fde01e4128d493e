import { describe, expect, it } from "vitest";
import { arrange } from "../src/features/studio/arrange.ts";
import { priceOf, written } from "../src/features/studio/price-text.ts";

const file = (name: string) => new File(["x"], name);

describe("files that are dropped", () => {
  it("stand by folder in the order of their names, with their cover apart", () => {
    const names = ["10 End.flac", "2 Middle.flac", "cover.jpg", "back.jpg", ".DS_Store", "album.cue"];
    const { groups, left } = arrange([
      ...names.map((name) => ({ file: file(name), folder: "Tide" })),
      { file: file("alone.mp3") },
    ]);
    expect(left.map(({ name }) => name)).toEqual(["album.cue"]);
    expect(groups.map(({ folder }) => folder)).toEqual(["Tide", undefined]);
    expect(groups[0]?.sounds.map(({ name }) => name)).toEqual(["2 Middle.flac", "10 End.flac"]);
    expect(groups[0]?.cover?.name).toBe("cover.jpg");
  });

  it("are shown to the server where nobody can tell what they are", () => {
    const { groups, left } = arrange([{ file: file("take one") }]);
    expect(left).toEqual([]);
    expect(groups[0]?.sounds).toHaveLength(1);
  });
});

describe("a price in its field", () => {
  it("is free when empty or nought, exact otherwise, and nothing when it is no price", () => {
    expect(["", "0", "0,000"].map(priceOf)).toEqual([null, null, null]);
    expect(priceOf("0.000001")).toEqual({ asset: "BEAT", amount: "1" });
    expect(["x", "-1", "0.0000001", "1e3", "1,000"].map(priceOf)).toEqual(Array(5).fill(undefined));
  });

  it("is written so that it is read as the same", () => {
    for (const amount of ["1", "250000", "1000000", "1125000", "1500000"]) {
      expect(priceOf(written({ asset: "BEAT", amount }))).toEqual({ asset: "BEAT", amount });
    }
    expect([written(null), written({ asset: "BEAT", amount: "0" })]).toEqual(["", ""]);
  });
});
