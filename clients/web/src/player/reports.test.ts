import { expect, it, vi } from "vitest";
import { showPlaying } from "./reports.ts";

const put = vi.hoisted(() => vi.fn());
vi.mock("../app/client.ts", () => ({ server: { api: { PUT: put } } }));
put.mockResolvedValue({ data: {}, response: new Response() });

it("says that nothing plays only after something did", () => {
  const told = () => put.mock.calls.map(([, { body }]) => body.trackId);
  showPlaying(null, 0);
  expect(told()).toEqual([]);
  showPlaying("a", 1000);
  showPlaying(null, 0);
  showPlaying(null, 0);
  expect(told()).toEqual(["a", null]);
});
