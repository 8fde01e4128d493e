import { expect, test } from "vitest";
import { queryClient } from "../app/query.ts";
import type { Track } from "./player.ts";
import { knownTrack, noteFile, remember } from "./tracks.ts";

const track = (id: string) => ({ id, streamUrl: `/${id}`, available: false }) as Track;

test("a file that is back is back in every list, and nothing else is changed", () => {
  const other = { items: [track("b")] };
  queryClient.setQueryData(["lists"], {
    pages: [{ items: [track("a"), track("b")] }],
    pageParams: [undefined],
  });
  queryClient.setQueryData(["album"], [track("a")], { updatedAt: 5 });
  queryClient.setQueryData(["other"], other);
  remember([track("a")]);
  noteFile("a", true);
  expect(knownTrack("a")?.available).toBe(true);
  expect(queryClient.getQueryData(["lists"])).toMatchObject({
    pages: [
      {
        items: [
          { id: "a", available: true },
          { id: "b", available: false },
        ],
      },
    ],
  });
  expect(queryClient.getQueryState(["album"])).toMatchObject({
    data: [{ available: true }],
    dataUpdatedAt: 5,
  });
  expect(queryClient.getQueryData(["other"])).toBe(other);
});
