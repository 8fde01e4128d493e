import { ApiError, NetworkError } from "@resonance/sdk";
import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { recover } from "./recover.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that is away until it is not, and a list that somebody looks at. */
function away(wrong: Error) {
  const server = { isBack: false, isSeen: true, looks: 0, asks: 0 };
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  recover(client, {
    answers: () => {
      server.looks += 1;
      return server.isBack ? Promise.resolve(true) : Promise.reject(new TypeError("away"));
    },
    isSeen: () => server.isSeen,
  });
  const list = new QueryObserver(client, {
    queryKey: ["list"],
    queryFn: () => {
      server.asks += 1;
      return server.isBack ? Promise.resolve("there") : Promise.reject(wrong);
    },
  });
  const leave = list.subscribe(() => {});
  return { server, list, leave };
}

test("what could not be had is asked for again when the server is back, and not before", async () => {
  const { server, list } = away(new NetworkError("away"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.asks).toBe(1);
  expect(server.looks).toBeGreaterThan(1);
  server.isBack = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(list.getCurrentResult().data).toBe("there");
  const { looks } = server;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server).toMatchObject({ asks: 2, looks });
});

test("nobody is asked while the page is not seen, nor for a screen that was left", async () => {
  const { server, leave } = away(new NetworkError("away"));
  server.isSeen = false;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.looks).toBe(0);
  server.isSeen = true;
  leave();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server.looks).toBe(0);
});

test("what the server refused is not asked for again", async () => {
  const { server } = away(
    new ApiError({ code: "forbidden", status: 403, title: "", detail: "", type: "", requestId: "" }),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server).toMatchObject({ asks: 1, looks: 0 });
});
