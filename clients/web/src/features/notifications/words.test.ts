import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import notifications from "../../i18n/en/notifications.json";
import type { Notification } from "./queries.ts";
import { isLost, playOf, wordsOf } from "./words.ts";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: { notifications } } } }));

const news = (type: Notification["type"], params: Record<string, unknown>, link = "/a/1"): Notification => ({
  id: "1",
  type,
  params: JSON.parse(JSON.stringify(params)),
  link,
  message: "",
  count: 1,
  status: "unread",
  createdAt: "2026-11-22T12:00:00Z",
});
const told = (...args: Parameters<typeof news>) => wordsOf(i18next.t, news(...args));

test("a decision is told to the listener as theirs, and to artists as a listener's", () => {
  const upheld = { title: "Dawn", upheld: true };
  expect(told("dispute_resolved", upheld, "/wallet/receipts/1")).toBe(
    "You got back what you paid for “Dawn”",
  );
  expect(told("dispute_resolved", upheld, "/studio/earnings?page=1")).toBe(
    "What was paid for “Dawn” goes back to the listener",
  );
  expect(
    told("dispute_resolved", { ...upheld, note: "The server was away." }, "/studio/earnings?page=1"),
  ).toBe("What was paid for “Dawn” goes back to the listener: “The server was away.”");
  const dismissed = { title: "Dawn", upheld: false };
  expect(told("dispute_resolved", dismissed, "/wallet/receipts/1")).toMatch(/^What you paid/);
});

test("two plays of one track are told apart, and what was lost is not marked as won", () => {
  const play = { title: "Dawn", asset: "BEAT", amount: "18600000", playedAt: "2026-11-20T12:00:00Z" };
  const said = (of: Record<string, unknown>) => playOf(i18next.t, "en", news("dispute_opened", of));
  expect(said(play)).toMatch(/^18\.60 beats · Nov 20, 2026/);
  expect(said({ title: "Dawn" })).toBeUndefined();
  const tip = { artist: "Ana", from: "ben", asset: "BEAT", amount: "7250000" };
  expect(playOf(i18next.t, "en", news("tip_received", tip))).toBeUndefined();
  const lost = (upheld: boolean, link: string) => isLost(news("dispute_resolved", { upheld }, link));
  const sides = ["/studio/earnings?page=1", "/wallet/receipts/1"];
  expect(sides.map((link) => lost(true, link))).toEqual([true, false]);
  expect(sides.map((link) => lost(false, link))).toEqual([false, true]);
  expect(isLost(news("dispute_opened", play))).toBe(false);
});

test("what is contested is told to each side in its own words, and so is what the server found itself", () => {
  const opened = (link: string, byInstance?: boolean) =>
    told("dispute_opened", { title: "Dawn", byInstance }, link);
  // A server of an earlier version does not say who raised it.
  expect(opened("/studio/earnings?page=1")).toMatch(/^A listener contests what “Dawn” earned/);
  expect(opened("/studio/earnings?page=1", true)).toBe(
    "A play of “Dawn” does not add up: what it earned is put aside until that is decided",
  );
  expect(opened("/wallet/receipts/1", true)).toBe("A play of “Dawn” does not add up: it is being looked at");
  expect(opened("/admin/disputes", false)).toBe("A listener contests a play of “Dawn”: you decide");
  expect(opened("/admin/disputes", true)).toBe("A play of “Dawn” does not add up: you decide");
});

test("who is asked to manage a page is told what for", () => {
  const asked = (type: Notification["type"], role: string) => told(type, { artist: "Ana", role }, "/studio");
  expect(asked("manager_invited", "editor")).toBe("You are asked to help with the page of Ana");
  expect(asked("manager_invited", "owner")).toBe("You are asked to own the page of Ana");
  expect(asked("manager_added", "owner")).toBe("You own the page of Ana now");
});

test("uploads of one release are told together, and one that is cut off by itself", () => {
  const ready = (count: number, params: Record<string, unknown>) =>
    wordsOf(i18next.t, { ...news("upload_processed", params), count });
  expect(ready(1, { title: "Dawn", release: "Lights" })).toBe("“Dawn” is ready");
  expect(ready(10, { title: "Dawn", release: "Lights" })).toBe("10 tracks of “Lights” are ready");
  expect(ready(3, { title: "Dawn", release: null })).toBe("3 tracks are ready");
  expect(told("upload_cut_off", { title: "Dawn", durationMs: 6000, promisedMs: 50000 })).toBe(
    "“Dawn” is cut off: the file ends after 0:06 of 0:50",
  );
});

test("a tip is told with its sum, in the words of its unit", () => {
  const tip = { artist: "Ana", from: "ben", asset: "BEAT", amount: "7250000" };
  expect(told("tip_received", tip)).toBe("ben gave Ana 7.25 beats");
  expect(told("tip_received", { ...tip, asset: "BTN", amount: "100000000" })).toBe(
    "ben gave Ana 1.00 points",
  );
  expect(told("tip_received", { ...tip, from: null })).toBe("Somebody gave Ana 7.25 beats");
  expect(told("tip_received", { ...tip, amount: "many" })).toBe("ben gave Ana ? beats");
});
