// Points: what earned them, how many today, and what they are exchanged for.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, look, objections, until, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { release } from "./releasing.mjs";

let chrome;
let page;
let artist;
let ask;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  ask = await asker(await join(page));
  artist = await visitor(chrome);
  const tell = await asker(await join(artist));
  const { artist: id, track } = await release(tell, {
    name: "Ana Nowak",
    title: "A minute",
    price: "1000",
  });
  const price = { asset: "BTN", amount: "900000000000" };
  const badge = { kind: "badge", title: "Friend of the band", description: "", price, stock: 1 };
  await tell("POST", `/artists/${id}/perks`, badge);
  await ask("PUT", `/tracks/${track}/like`);
});

after(() => chrome?.close());

test("an artist offers perks in the studio, and takes one off", async () => {
  const form = artist.getByRole("dialog");
  const offer = artist.getByRole("button", { name: "Offer a perk" });
  const done = form.getByRole("button", { name: "Offer it" });
  await artist.goto("/studio/artist");
  await artist.getByText("1 of 1 left").waitFor();
  await offer.click();
  await done.click();
  await form.getByText("This cannot be empty").waitFor();
  await form.getByText("A number above 0, such as 5 or 0.25.").waitFor();
  assert.deepEqual(await objections(artist), []);
  await form.getByLabel("What it is").selectOption("discount_code");
  await form.getByLabel("Name").fill("Half off");
  await form.getByLabel("In a few words").fill("At the stall");
  await form.getByLabel("Code").fill("HALF-4");
  await form.getByLabel("Points").fill("0.00000001");
  await form.getByLabel("How many there are").fill("2");
  for (const each of LOOKS) {
    await artist.emulateMedia({ colorScheme: each.colorScheme });
    await artist.setViewportSize(each.viewport);
    await fine(artist, "perk-new", each);
  }
  await done.click();
  await artist.getByText("2 of 2 left").waitFor();
  await offer.click();
  await form.getByLabel("What it is").selectOption("download");
  await form.getByLabel("Track").selectOption({ label: "A minute" });
  await form
    .getByLabel("Name")
    .fill("The file of it, with a name that is as long as a name may be, and goes on");
  await form.getByLabel("Points").fill("3");
  await done.click();
  await artist.getByText("100 of 100 left").waitFor();
  for (const each of LOOKS) {
    await look(artist, "/studio/artist", each);
    await artist.getByRole("heading", { name: "Perks" }).scrollIntoViewIfNeeded();
    await fine(artist, "perks", each);
  }
  await artist.getByRole("button", { name: /^Withdraw The file of it/ }).click();
  await artist.getByRole("alertdialog").getByRole("button", { name: "Withdraw" }).click();
  await artist.getByText("100 of 100 left").waitFor({ state: "detached" });
});

test("a first like earned something, and the page says what does", async () => {
  await until("the points are there", async () => {
    const balances = await ask("GET", "/me/balances");
    return balances.some(({ asset, available }) => asset === "BTN" && available !== "0");
  });
  await page.goto("/wallet/points");
  await page.getByText("The first like of a track").waitFor();
  await page.getByText(/^The next day begins at .+ (UTC|GMT)/).waitFor();
  await page.getByText("Still to be earned").waitFor();
  assert.deepEqual(await objections(page), []);
  await page.goto("/wallet");
  await page.getByRole("link", { name: "For a first like" }).waitFor();
});

test("a perk is redeemed once, and shows its code; what costs too much is refused in words", async () => {
  await page.goto("/wallet/points");
  const asked = page.getByRole("alertdialog");
  // Nothing is spent by one press.
  await page.getByRole("button", { name: "Redeem Half off" }).click();
  await asked.getByText("Points that are spent do not come back").waitFor();
  assert.deepEqual(await objections(page), []);
  await asked.getByRole("button", { name: "Cancel" }).click();
  await page.getByText("2 of 2 left").waitFor();
  await page.getByRole("button", { name: "Redeem Half off" }).click();
  await asked.getByRole("button", { name: "Redeem" }).click();
  await page.getByText("“Half off” is yours").waitFor();
  await page.getByText("HALF-4").waitFor();
  await page.getByText("1 of 2 left").waitFor();
  await page.getByText("You have it").waitFor();
  await page.getByRole("button", { name: "Redeem Friend of the band" }).click();
  await asked.getByText("That is more than you have").waitFor();
  assert.ok(await asked.getByRole("button", { name: "Redeem" }).isDisabled());
  await asked.getByRole("button", { name: "Cancel" }).click();
  await page.getByLabel("Days", { exact: true }).fill("0");
  await page.getByRole("button", { name: "Redeem", exact: true }).click();
  await page.getByText("From 1 to 366 days").waitFor();
  await page.getByText("Nothing on this server asks for premium yet").waitFor();
  await page.getByLabel("Days", { exact: true }).fill("3");
  await page.getByRole("button", { name: "Redeem", exact: true }).click();
  await page.getByRole("alertdialog", { name: "Redeem 3 days of premium?" }).waitFor();
  await page.keyboard.press("Escape");
});

test("nothing is wrong with it, in either theme and at either width", async () => {
  for (const each of LOOKS) {
    await look(page, "/wallet/points", each);
    await fine(page, "money-points", each);
  }
});
