// What the studio saves by a button of its own: it is said while it is not saved, and asked about before it is left.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, fine, join, LOOKS, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { release } from "./releasing.mjs";

let chrome;
let page;
let ask;
let track;
let album;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  ask = await asker(await join(page));
  const made = await release(ask, { name: "Bo Lindqvist", title: "Slow Ferry", price: "1000000" });
  track = made.track;
  ({ id: album } = await ask("POST", "/albums", { artistId: made.artist, title: "Crossings" }));
  await ask("PATCH", `/tracks/${track}`, { albumId: album });
  await page.goto(`/studio/releases/${album}`);
});

after(() => chrome?.close());

const dialog = () => page.getByRole("dialog", { name: "Slow Ferry" });
const question = () => page.getByRole("alertdialog", { name: "Save it first?" });
const version = async () => (await ask("GET", `/tracks/${track}/splits`)).version;

async function open() {
  await page.getByRole("button", { name: "Edit Slow Ferry" }).click();
  await dialog().locator("summary", { hasText: "Splits" }).click();
  await dialog().getByLabel("Share, %").first().waitFor();
}

test("new splits are not said to be saved, and are not left without an answer", async () => {
  await open();
  await dialog().getByText("Everything is saved").waitFor();
  await dialog().getByLabel("Share, %").first().fill("60");
  await dialog().getByText("Not everything is saved: the splits of “Slow Ferry”.").waitFor();
  await dialog().getByRole("button", { name: "Done" }).click();
  await question().getByRole("button", { name: "Throw it away" }).waitFor();
  // What is shared by halves cannot be saved.
  assert.equal(await question().getByRole("button", { name: "Save", exact: true }).count(), 0);
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "studio-unsent", each);
  }
  await question().getByRole("button", { name: "Keep editing" }).click();
  await question().waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await question().getByRole("button", { name: "Throw it away" }).click();
  await dialog().waitFor({ state: "detached" });
  await page.getByText("Everything is saved").waitFor();
  assert.equal(await version(), 0);
});

test("what is whole is saved from there", async () => {
  await open();
  assert.equal(await dialog().getByLabel("Share, %").first().inputValue(), "100");
  await dialog().getByLabel("What for").first().fill("composer");
  // It stays known while its part is closed.
  await dialog().locator("summary", { hasText: "Splits" }).click();
  await dialog().getByText("Not everything is saved").waitFor();
  await dialog().getByRole("button", { name: "Done" }).click();
  await question().getByRole("button", { name: "Save", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  assert.equal(await version(), 1);
});

test("a price for all tracks that is not set yet is not said to be saved", async () => {
  const price = page.getByLabel("Price per second for all tracks");
  await page.getByText("Everything is saved").waitFor();
  await price.fill("2");
  await page.getByText("Not everything is saved: the price for all tracks.").waitFor();
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByRole("button", { name: "Save that price" }).click();
  await page.getByText("Everything is saved").waitFor();
});
