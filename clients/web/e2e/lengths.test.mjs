// Long names and huge sums, where money is shown: nothing is wider than its place, and what is pressed is large enough.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, look, until, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { release } from "./releasing.mjs";

const TITLE =
  "The Extraordinarily Protracted Chronicle of a Donaudampfschifffahrtsgesellschaftskapitän, Part Two (Live)";
const NAME = "Maximiliane von Hohenzollern-Schlotterbeck & the Orchestra of Llanfairpwllgwyngyll";

let chrome;
let page;
let studio;
let person;
let artist;
let track;

before(async () => {
  chrome = await browser();
  studio = await visitor(chrome);
  person = await join(studio);
  ({ artist, track } = await release(await asker(person), {
    name: NAME,
    title: TITLE,
    price: "123456",
  }));
  page = await visitor(chrome);
  const ask = await asker(await join(page));
  await ask("POST", "/dev/faucet", { amount: "500000000" });
  const perPlay = { asset: "BEAT", amount: "400000000" };
  await ask("PUT", "/me/spending-caps", { perPlay, perDay: null, perMonth: null, perArtist: null });
});

after(() => chrome?.close());

const main = () => page.getByRole("main");
const player = () => page.getByRole("region", { name: "Player", exact: true });

async function inEachLook(name) {
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, name, each);
  }
}

test("where it plays", async () => {
  await page.goto(`/t/${track}`);
  await main().getByRole("button", { name: /^Play/ }).first().click();
  await until("it is not paid for", async () => (await player().locator("[data-spent]").count()) > 0);
  await inEachLook("lengths-bar");
  await page.setViewportSize(LOOKS[0].viewport);
  const { width, height } = await player().getByRole("button", { name: /^Like/ }).boundingBox();
  assert.ok(width >= 44 && height >= 44, `${width} × ${height}`);
  await player().getByRole("link", { name: "Open the player" }).click();
  await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
  await inEachLook("lengths-now");
  await main().getByRole("button", { name: "Pause", exact: true }).click();
  await main().getByRole("button", { name: "End and get the receipt" }).click();
});

test("on its receipt, and in the list of them", async () => {
  for (const each of LOOKS) {
    await look(page, "/wallet/receipts", each);
    await fine(page, "lengths-receipts", each);
  }
  await main().getByText(TITLE).click();
  await page.getByText("This receipt proves what it says").waitFor();
  await inEachLook("lengths-receipt");
  // The player beneath shows what it costs, and behind that, whose it is.
  await page.setViewportSize(LOOKS[0].viewport);
  const rate = await player().getByText("0.123456/s").filter({ visible: true }).first().boundingBox();
  const name = await player().getByRole("link", { name: NAME }).boundingBox();
  assert.ok(rate.x + rate.width <= name.x, "the price lies on the name");
});

test("in a wallet with more than anybody has", async () => {
  await page.route("**/api/v1/me/balances", async (route) => {
    const response = await route.fetch();
    const json = (await response.json()).map((each) => ({ ...each, available: "9876543210123456789" }));
    await route.fulfill({ response, json });
  });
  for (const each of LOOKS) {
    await look(page, "/wallet", each);
    await fine(page, "lengths-wallet", each);
  }
  const figures = page.locator(".figure").filter({ hasText: "9,876,543,210,123" });
  await until("it is not there", async () => (await figures.count()) > 1);
  const wide = await figures.evaluateAll((all) =>
    all
      .map((each) => [each, each.closest("nav, main > *")])
      .filter(([each, place]) => {
        return each.getBoundingClientRect().right > place.getBoundingClientRect().right;
      })
      .map(([each]) => each.innerText),
  );
  assert.deepEqual(wide, []);
});

test("in what an artist has earned", async () => {
  await look(studio, "/studio/earnings", LOOKS[1]);
  await studio.getByRole("tab", { name: "By track" }).click();
  const cells = studio
    .getByRole("row")
    .filter({ hasText: TITLE })
    .locator("td .figure")
    .filter({ visible: true });
  await cells.first().waitFor();
  const boxes = await cells.evaluateAll((all) => all.map((each) => each.getBoundingClientRect().toJSON()));
  assert.ok(boxes.length >= 2);
  boxes.slice(1).forEach(({ left }, at) => {
    assert.ok(left >= boxes[at].right + 8, "two figures read as one");
  });
  await fine(studio, "lengths-earnings", LOOKS[1]);
});

test("where a tip is given", async () => {
  await look(page, `/a/${artist}`, LOOKS[0]);
  await main().getByRole("button", { name: "Tip" }).click();
  const title = page.getByRole("dialog").getByRole("heading", { name: NAME });
  await title.waitFor();
  const cut = await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  assert.equal(cut, false);
  await fine(page, "lengths-tip", LOOKS[0]);
});

test("a name of hundreds of letters takes three lines, and play is in sight", async () => {
  const ask = await asker(person);
  await ask("PATCH", `/tracks/${track}`, { title: "Endless Harbour ".repeat(18).trim() });
  for (const each of LOOKS) {
    await look(page, `/t/${track}`, each);
    const lines = await page.getByRole("heading", { level: 1 }).evaluate((heading) => {
      const { lineHeight, paddingTop } = getComputedStyle(heading);
      return (heading.clientHeight - Number.parseFloat(paddingTop)) / Number.parseFloat(lineHeight);
    });
    assert.ok(Math.round(lines) <= 3, `${lines} lines`);
    await fine(page, "lengths-endless", each);
  }
});
