import { notifyManager, QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it, vi } from "vitest";
import { keepFailures } from "./keep-failures.ts";

/** A question whose answers the test gives, and what a screen that asks it sees. */
function ask() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  keepFailures(client);
  let answer: (say: string | Error) => void = () => {};
  const queryFn = () =>
    new Promise<string>((resolve, reject) => {
      answer = (say) => (typeof say === "string" ? resolve(say) : reject(say));
    });
  const open = () => {
    const observer = new QueryObserver(client, { queryKey: ["it"], queryFn });
    const seen: string[] = [];
    // As a screen does: it is told that there is something new, and looks.
    const look = () => seen.push(observer.getCurrentResult().status);
    const close = observer.subscribe(notifyManager.batchCalls(look));
    return { observer, seen, close };
  };
  return { open, answer: (say: string | Error) => answer(say) };
}

it("is still what failed while it is asked for again", async () => {
  const { open, answer } = ask();
  const { observer, seen } = open();
  answer(new Error("away"));
  await vi.waitFor(() => expect(seen).toContain("error"));
  seen.length = 0;
  void observer.refetch();
  await vi.waitFor(() => expect(observer.getCurrentResult().isFetching).toBe(true));
  expect(observer.getCurrentResult()).toMatchObject({ status: "error", error: { message: "away" } });
  answer(new Error("still away"));
  await vi.waitFor(() => expect(observer.getCurrentResult().error?.message).toBe("still away"));
  void observer.refetch();
  answer("there");
  await vi.waitFor(() => expect(observer.getCurrentResult().data).toBe("there"));
  expect(observer.getCurrentResult()).toMatchObject({ status: "success", error: null });
  expect(seen).not.toContain("pending");
});

it("waits anew for who comes to it later", async () => {
  const { open, answer } = ask();
  const first = open();
  answer(new Error("away"));
  await vi.waitFor(() => expect(first.seen).toContain("error"));
  first.close();
  const second = open();
  expect(second.observer.getCurrentResult()).toMatchObject({ status: "pending", isFetching: true });
});
