// A tip in beats from an artist's page: what is given arrives, and what is not there is not given.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, look, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";

let chrome;
let page;
let artist;
let id;

before(async () => {
  chrome = await browser();
  const other = await visitor(chrome);
  artist = await asker(await join(other));
  await other.context().close();
  ({ id } = await artist("POST", "/artists", { displayName: "Ana Nowak" }));
  page = await visitor(chrome);
  const ask = await asker(await join(page));
  await ask("POST", "/dev/faucet", { amount: "20000000" });
});

after(() => chrome?.close());

const dialog = () => page.getByRole("dialog");

test("a tip is given once, and the artist has all of it", async () => {
  await page.goto(`/a/${id}`);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  await dialog()
    .getByLabel(/^How many/)
    .fill("25");
  const asked = [];
  page.on("request", (request) => request.url().endsWith("/me/tips") && asked.push(request));
  await dialog().getByRole("button", { name: /^Give/ }).click();
  const much = dialog().getByText("That is more than you have");
  await much.waitFor();
  // The server need not be asked to know that.
  assert.equal(asked.length, 0);
  // What was said of another sum is gone, and no sum is taken for another.
  await dialog()
    .getByLabel(/^How many/)
    .fill("1,000");
  await much.waitFor({ state: "detached" });
  await dialog().getByText("Write 1000 or 1.00.").waitFor();
  await dialog()
    .getByLabel(/^How many/)
    .fill("12.3456789");
  await dialog().getByText("At most 6 digits after the point.").waitFor();
  await dialog()
    .getByLabel(/^How many/)
    .fill("7,25");
  await dialog().getByRole("button", { name: "Give 7.25 beats" }).click();
  await dialog().waitFor({ state: "hidden" });
  const { balances } = await artist("GET", `/artists/${id}/earnings`);
  assert.equal(balances.find(({ asset }) => asset === "BEAT").earned, "7250000");
  await page.goto("/wallet");
  await page.getByRole("link", { name: "Tip to Ana Nowak" }).waitFor();
  await page.locator("main").getByText("12.75", { exact: true }).waitFor();
});

test("nothing is wrong with it, in either theme and at either width", async () => {
  for (const each of LOOKS) {
    await look(page, `/a/${id}`, each);
    await page.getByRole("button", { name: "Tip", exact: true }).click();
    await dialog().waitFor();
    await fine(page, "tip", each);
  }
});
