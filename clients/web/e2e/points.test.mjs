// Points: what earned them, how many today, and what they are exchanged for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, look, objections, until, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { release } from "./releasing.mjs";

let chrome;
let page;
let ask;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  ask = await asker(await join(page));
  const other = await visitor(chrome);
  const artist = await asker(await join(other));
  const { artist: id, track } = await release(artist, {
    name: "Ana Nowak",
    title: "A minute",
    price: "1000",
  });
  for (const perk of [
    {
      kind: "discount_code",
      title: "Half off",
      description: "At the stall",
      code: "HALF-4",
      price: "1",
      stock: 2,
    },
    { kind: "badge", title: "Friend of the band", description: "", price: "900000000000", stock: 1 },
  ]) {
    await artist("POST", `/artists/${id}/perks`, { ...perk, price: { asset: "BTN", amount: perk.price } });
  }
  await ask("PUT", `/tracks/${track}/like`);
  await other.context().close();
});

after(() => chrome?.close());

test("a first like earned something, and the page says what does", async () => {
  await until("the points are there", async () => {
    const balances = await ask("GET", "/me/balances");
    return balances.some(({ asset, available }) => asset === "BTN" && available !== "0");
  });
  await page.goto("/wallet/points");
  await page.getByText("The first like of a track").waitFor();
  await page.getByText(/^The next day begins at/).waitFor();
  await page.getByText("Still to be earned").waitFor();
  assert.deepEqual(await objections(page), []);
  await page.goto("/wallet");
  await page.getByRole("link", { name: "For a first like" }).waitFor();
});

test("a perk is redeemed once, and shows its code; what costs too much is refused in words", async () => {
  await page.goto("/wallet/points");
  await page.getByRole("button", { name: "Redeem Half off" }).click();
  await page.getByText("“Half off” is yours").waitFor();
  await page.getByText("HALF-4").waitFor();
  await page.getByText("1 of 2 left").waitFor();
  await page.getByText("You have it").waitFor();
  await page.getByRole("button", { name: "Redeem Friend of the band" }).click();
  await page.getByText("That is more than you have").waitFor();
  await page.getByLabel("Days", { exact: true }).fill("0");
  await page.getByRole("button", { name: "Redeem", exact: true }).click();
  await page.getByText("From 1 to 366 days").waitFor();
});

test("nothing is wrong with it, in either theme and at either width", async () => {
  for (const each of LOOKS) {
    await look(page, "/wallet/points", each);
    await fine(page, "money-points", each);
  }
});
