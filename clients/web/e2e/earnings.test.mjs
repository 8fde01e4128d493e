// What an artist sees of paid listening: the figure that moves while somebody hears, days and tracks, and the table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { exact } from "@resonance/sdk/money";
import { browser, fine, join, LOOKS, look, still, until, visitor } from "./browser.mjs";
import { asker, hear } from "./paying.mjs";
import { release } from "./releasing.mjs";

const TITLE = "Sixty Seconds of =HYPERLINK and a very long name that goes on and on";

let chrome;
let page;
let artist;
let track;
let listener;
/** What the listener has heard. */
let heard;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  ({ artist, track } = await release(await asker(await join(page)), {
    name: "Ana Nowak",
    title: TITLE,
    price: "123456",
  }));
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
  await page.getByText("It becomes payable after 30 days.").waitFor();
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
  await page.getByText("Not added up yet").waitFor();
  // What goes on is in the large figure alone, posted or not, and it is said so.
  const open = page.getByText("of it is of plays that have not ended");
  await open.waitFor();
  await until("it moved", async () => seen.add(await live()).size >= 4);
  heard = await hearing;
  await page.getByText("Nobody listens and pays right now").waitFor();
  // Whole seconds and no part of one, whatever was on the way when it stopped.
  await until("it is exact", async () => (await live()) === figure());
  await open.waitFor({ state: "detached" });
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
  await page.getByText("Listening alone. Tips are under “By month”.").waitFor();
  await page.getByRole("tab", { name: "By track" }).click();
  await row.getByRole("link", { name: TITLE }).waitFor();
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as a table" }).click();
  const text = readFileSync(await (await coming).path(), "utf8");
  assert.match(text, /^day,track,title,seconds,listeners,asset,amount,amount_decimal,paid,paid_decimal\r\n/);
  assert.ok(text.includes(`,"${TITLE}",${beats},1,BEAT,${amount}`), text);
});

test("a month is listening and tips together, and it is said who gave them", async () => {
  await listener("POST", "/me/tips", { artistId: artist, asset: "BEAT", amount: "7250000" });
  await page.goto("/studio/earnings");
  await page.getByRole("region", { name: "Tips in this time" }).getByText("7.25 beats").waitFor();
  await page.getByRole("tab", { name: "By month" }).click();
  const sum = exact({ asset: "BEAT", amount: String(heard.amount + 7_250_000n) });
  const row = page.getByRole("row").filter({ hasText: sum }).filter({ hasText: "7.25" });
  await row.waitFor();
  // From left to right: what is heard and given is what was earned, and what is no part of it stands behind.
  assert.deepEqual((await row.locator("td").allInnerTexts()).slice(2), [
    figure(),
    "7.25",
    `${sum} beats`,
    "0.00",
    "0.00",
  ]);
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save as a table" }).click();
  const text = readFileSync(await (await coming).path(), "utf8");
  assert.ok(text.includes(String(heard.amount + 7_250_000n)), text);
  await page.setViewportSize({ width: 390, height: 844 });
  await fine(page, "earnings-months", LOOKS[0]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await fine(page, "earnings-months", LOOKS[1]);
  await page.getByRole("link", { name: "Your notifications say who gave them" }).click();
  await page.getByText(/ gave Ana Nowak 7\.25 beats/).waitFor();
});

test("a tip is in all that is shown, though nobody listens", async () => {
  await page.goto("/studio/earnings");
  const tips = page.getByRole("region", { name: "Tips in this time" });
  await tips.getByText("7.25 beats").waitFor();
  await still(page);
  await listener("POST", "/me/tips", { artistId: artist, asset: "BEAT", amount: "1750000" });
  await tips.getByText("9.00 beats").waitFor({ timeout: 10_000 });
});

test("when the line is gone over which it is told who listens, that is said", async () => {
  const line = { now: undefined, dead: false };
  await page.routeWebSocket(/\/api\/v1\/ws$/, (socket) => {
    if (line.dead) {
      socket.close();
      return;
    }
    line.now = socket;
    socket.connectToServer();
  });
  await page.goto("/studio/earnings");
  const nobody = page.getByText("Nobody listens and pays right now");
  await nobody.waitFor();
  await until("there is no line", () => line.now !== undefined);
  line.dead = true;
  await line.now.close();
  const unknown = page.getByText("Whether somebody listens right now is not known.");
  await unknown.waitFor();
  await page.getByText("The server cannot be reached. These are the figures of").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "earnings-away", each);
  }
  line.dead = false;
  await nobody.waitFor();
  await page.setViewportSize({ width: 1280, height: 800 });
});

test("figures that are no longer told are said to be old, and the picture follows the theme", async () => {
  await page.goto("/studio/earnings");
  const chart = page.locator("canvas");
  const colours = () => chart.evaluate((canvas) => canvas.toDataURL());
  await page.emulateMedia({ colorScheme: "dark" });
  await chart.waitFor();
  const dark = await colours();
  await page.emulateMedia({ colorScheme: "light" });
  await until("the chart stays dark", async () => (await colours()) !== dark);
  page.expected = /ERR_FAILED|ERR_INTERNET_DISCONNECTED|WebSocket/;
  // It asks again when the network is back.
  const asks = async () => {
    await page.context().setOffline(true);
    await page.context().setOffline(false);
  };
  await page.route("**/earnings?*", (route) => route.abort());
  await asks();
  await page.getByText("The server cannot be reached. These are the figures of").waitFor();
  await page.unroute("**/earnings?*");
  await asks();
  await page.getByText("The server cannot be reached").waitFor({ state: "detached" });
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
