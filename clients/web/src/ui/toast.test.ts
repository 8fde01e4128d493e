import { expect, test } from "vitest";
import { withOneMore } from "./toast.tsx";

const toast = (id: number, text: string) => ({ id, text, way: undefined });

test("what is said again stands there once, as the newest", () => {
  const before = [toast(1, "Saved"), toast(2, "Copied")];
  expect(withOneMore(before, toast(3, "Saved"))).toEqual([toast(2, "Copied"), toast(3, "Saved")]);
});

test("three at most: the oldest makes room", () => {
  const before = [toast(1, "a"), toast(2, "b"), toast(3, "c")];
  expect(withOneMore(before, toast(4, "d")).map(({ text }) => text)).toEqual(["b", "c", "d"]);
});
