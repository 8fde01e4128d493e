// What an artist sees of paid listening: the figure that moves while somebody hears, days and tracks, and the table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { exact } from "@resonance/sdk/money";
import { browser, fine, join, LOOKS, look, until, visitor } from "./browser.mjs";
import { asker, hear } from "./paying.mjs";
import { release } from "./releasing.mjs";

const TITLE = "Sixty Seconds of =HYPERLINK and a very long name that goes on and on";

let chrome;
let page;
let track;
let listener;
/** What the listener has heard. */
let heard;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  const artist = await asker(await join(page));
  ({ track } = await release(artist, { name: "Ana Nowak", title: TITLE, price: "123456" }));
  const other = await visitor(chrome);
  listener = await asker(await join(other));
  await listener("POST", "/dev/faucet", { amount: "500000000" });
  await other.context().close();
});

after(() => chrome?.close());

const live = () => page.locator("[data-live]").innerText();

test("nothing was earned yet", async () => {
  await page.goto("/studio/earnings");
  await page.getByText("No paid listening yet").waitFor();
  assert.equal(await live(), "0.00");
  for (const each of LOOKS) {
    await look(page, "/studio", each);
    await page.getByRole("link", { name: "Earnings" }).click();
    await page.getByText("No paid listening yet").waitFor();
    await fine(page, "earnings-none", each);
  }
});

test("the figure moves while somebody hears", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/studio/earnings");
  await page.getByText("Nobody listens and pays right now").waitFor();
  const seen = new Set();
  const hearing = hear(listener, track, 12, { enough: () => seen.size >= 4 });
  await page.getByText("1 person listens and pays right now").waitFor();
  await until("it moved", async () => seen.add(await live()).size >= 4);
  heard = await hearing;
  await page.getByText("Nobody listens and pays right now").waitFor();
  // Whole seconds and no part of one, whatever was on the way when it stopped.
  await until("it is exact", async () => (await live()) === figure());
});

/** What was earned by it. */
function figure() {
  assert.equal(heard.amount, BigInt(heard.beats) * 123_456n);
  return exact({ asset: "BEAT", amount: String(heard.amount) });
}

test("days, tracks and the table say the same", async () => {
  const row = page.getByRole("row").filter({ hasText: figure() });
  const { beats, amount } = heard;
  await row.locator("td", { hasText: new RegExp(`^0:${String(beats).padStart(2, "0")}$`) }).waitFor();
  await page.locator("canvas").waitFor();
  await page.getByRole("tab", { name: "By track" }).click();
  await row.getByRole("link", { name: TITLE }).waitFor();
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as a table" }).click();
  const text = readFileSync(await (await coming).path(), "utf8");
  assert.match(text, /^day,track,title,seconds,listeners,asset,amount\r\n/);
  assert.ok(text.includes(`,"${TITLE}",${beats},1,BEAT,${amount}`), text);
});

test("nothing is wrong with it, in either theme and at either width", async () => {
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await page.goto("/studio/earnings");
    await page.locator("canvas").waitFor();
    await fine(page, "earnings", each);
  }
});
