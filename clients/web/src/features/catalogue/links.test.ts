import { expect, test } from "vitest";
import { linked } from "./links.ts";

const links = (text: string) => linked(text).flatMap(({ href }) => href ?? []);

test("an address in prose is a link, without what the sentence puts behind it", () => {
  const text = "Recorded at https://example.org/a?b=1 (see http://example.com/x).\nMore: https://example.net";
  expect(links(text)).toEqual(["https://example.org/a?b=1", "http://example.com/x", "https://example.net"]);
  expect(
    linked(text)
      .map((piece) => piece.text)
      .join(""),
  ).toBe(text);
});

test("nothing else is", () => {
  expect(links("javascript:alert(1) data:text/html,x www.example.org https:// mailto:a@b.c")).toEqual([]);
});
