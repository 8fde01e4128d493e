// A release that was published goes out of sight again, and its tracks with it, unless their artist says otherwise.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, browser, join, objections, visitor } from "./browser.mjs";
import { releaseAlbum } from "./releasing.mjs";

let chrome;
let page;
let other;
let release;
let tracks;
before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  await join(page);
  const files = ["Fog.wav", "Bell.wav"];
  release = await releaseAlbum(page, { name: "Pilot", title: "Narrows", files });
  other = await visitor(chrome);
  const found = await other.request.get(`${base}/api/v1/albums/${release}/tracks`);
  tracks = (await found.json()).items.map(({ id }) => id);
  await page.goto(`/studio/releases/${release}`);
});
after(() => chrome?.close());

const dialog = () => page.getByRole("alertdialog");
const button = (name) => dialog().getByRole("button", { name, exact: true });
const choice = (name) => page.getByText(name, { exact: true });

/** What a stranger gets of the release and its tracks. */
const seen = () =>
  Promise.all(
    [`albums/${release}`, ...tracks.map((id) => `tracks/${id}`)].map(async (address) =>
      (await other.request.get(`${base}/api/v1/${address}`)).status(),
    ),
  );

test("made private, it takes its tracks along, and that is asked about", async () => {
  await choice("Private").click();
  await dialog().getByText("Also its 2 tracks that others hear now").waitFor();
  assert.deepEqual(await objections(page), []);
  await button("Cancel").click();
  assert.deepEqual(await seen(), [200, 200, 200]);
  await choice("Private").click();
  await button("Make private").click();
  await page.getByText("Narrows is private, and so are 2 tracks.").waitFor();
  assert.deepEqual(await seen(), [404, 404, 404]);
});

test("tracks that stay are named as what they are", async () => {
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "See it as listeners do" }).waitFor();
  await choice("Unlisted").click();
  await dialog().getByText("Also its 2 tracks that others hear now").click();
  await dialog().getByText("Its 2 tracks stay as they are: others still find and hear them.").waitFor();
  await button("Make unlisted").click();
  await page.getByText("2 tracks have another setting.").waitFor();
  const { items } = await (await other.request.get(`${base}/api/v1/albums/${release}/tracks`)).json();
  assert.deepEqual(
    items.map(({ visibility }) => visibility),
    ["public", "public"],
  );
});

test("who deletes it leaves nothing public by mistake", async () => {
  await page.getByRole("button", { name: "Delete the release" }).click();
  await dialog().getByText("Keep as they are").click();
  await dialog().getByText("The release goes, and 2 tracks stay public").waitFor();
  assert.deepEqual(await objections(page), []);
  await dialog().getByText("Make private").click();
  await button("Delete").click();
  await page.waitForURL(/\/studio$/);
  assert.deepEqual(await seen(), [404, 404, 404]);
  const mine = await page.request.get(`${base}/api/v1/tracks/${tracks[0]}`);
  assert.equal(mine.status(), 200);
  assert.deepEqual(page.wrong, []);
});
