import { expect, test } from "vitest";
import { alike, isAll, likeness, pointsOf, type Share } from "./shares.ts";

const share = (artistId: string, percent: string, role = "artist"): Share => ({
  artistId,
  artistName: artistId,
  role,
  percent,
});

test("tracks are alike whose money goes the same way, whatever the order and the spelling", () => {
  const [one, two, three, four] = [
    { id: "1", shares: [share("ben", "100")] },
    { id: "2", shares: [share("ana", "60"), share("ben", "40")] },
    { id: "3", shares: [share("ben", "40.00"), share("ana", "60")] },
    { id: "4", shares: [share("ana", "60"), share("ben", "40", "producer")] },
  ] as const;
  expect(alike([one, two, three, four]).map((group) => group.map(({ id }) => id))).toEqual([
    ["2", "3"],
    ["1"],
    ["4"],
  ]);
});

test("what is typed halfway is like nothing that holds", () => {
  expect(likeness([share("ben", "")])).not.toBe(likeness([share("ben", "100")]));
  expect(isAll(pointsOf([share("ben", "")]))).toBe(false);
  expect(isAll(pointsOf([share("ben", "100"), share("ana", "0")]))).toBe(false);
  expect(isAll(pointsOf([share("ben", "66.67"), share("ana", "33.33")]))).toBe(true);
});
