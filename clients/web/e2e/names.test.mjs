// Names come from files and strangers: whatever stands in them is text on every screen, and never runs.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { base, browser, comes, join, LOOKS, look, until, visitor } from "./browser.mjs";
import { ffmpeg } from "./sound.mjs";

const hostile = (name) => `${name}<img src=x onerror="window.ran='${name}'">`;

let chrome;
let page;
let track;
before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  await join(page);
  track = await publish();
});
after(async () => {
  // The tests after these look at the same server.
  for (const address of track ? [`tracks/${track.id}`, `albums/${track.album.id}`] : []) {
    await page.request.delete(`${base}/api/v1/${address}`, { headers: { origin: base } });
  }
  await chrome?.close();
});

/** A track whose title, artist, album and genre are all markup; everybody sees it. */
async function publish() {
  const folder = mkdtempSync(path(tmpdir(), "resonance-names-"));
  const file = path(folder, "hostile.mp3");
  const tags = { title: hostile("title"), album: hostile("album"), genre: hostile("genre") };
  const written = Object.entries(tags).flatMap(([name, value]) => ["-metadata", `${name}=${value}`]);
  // Long enough that it still sounds when a slow machine comes to look.
  await ffmpeg("-f", "lavfi", "-t", "180", "-i", "sine=frequency=330", ...written, file);
  const headers = { "x-resonance-client": "web", origin: base };
  const ask = async (method, address, options) => {
    const answer = await page.request[method](`${base}/api/v1/${address}`, { headers, ...options });
    assert.ok(answer.ok(), `${method} ${address}: ${await answer.text()}`);
    return await answer.json();
  };
  const artist = await ask("post", "artists", { data: { displayName: hostile("artist") } });
  const made = await ask("post", "tracks/upload", {
    multipart: {
      metadata: JSON.stringify({ artistId: artist.id }),
      file: { name: "hostile.mp3", mimeType: "audio/mpeg", buffer: readFileSync(file) },
    },
  });
  rmSync(folder, { recursive: true });
  await ask("patch", `tracks/${made.id}`, { data: { visibility: "public" } });
  await ask("patch", `albums/${made.album.id}`, { data: { visibility: "public" } });
  // A search finds it a moment later.
  await until("it is not found", async () => {
    const { tracks, albums } = await ask("get", "search?q=onerror");
    return tracks.items.length > 0 && albums.items.length > 0;
  });
  return { ...made, artist };
}

test("markup in names is text on every screen", async () => {
  const { id, album, artist } = track;
  const [, desk] = LOOKS;
  const screens = {
    "/": [],
    "/search?q=onerror": ["title"],
    "/search?q=onerror&type=track": ["title"],
    [`/t/${id}`]: ["title", "artist", "album", "genre"],
    [`/r/${album.id}`]: ["title", "artist", "album"],
    [`/a/${artist.id}`]: ["title", "artist", "album"],
    "/crate": ["artist", "album"],
    "/crate?tab=artists": ["artist"],
    "/crate?tab=tracks": ["title", "artist", "album"],
    "/studio": ["album"],
    [`/studio/releases/${album.id}`]: [],
  };
  for (const [address, shown] of Object.entries(screens)) {
    await look(page, address, desk);
    for (const name of shown) {
      await page.locator("main").getByText(hostile(name)).first().waitFor();
    }
    await harmless(address);
  }
});

test("nor does it run where it plays", async () => {
  await page.goto(`/t/${track.id}`);
  await page.locator("main").getByRole("button", { name: "Play", exact: true }).click();
  const player = page.getByRole("region", { name: "Player", exact: true });
  await player.getByText(hostile("title")).waitFor();
  await player.getByRole("button", { name: "Pause", exact: true }).waitFor();
  await player.getByRole("button", { name: "Queue" }).click();
  await page
    .getByRole("complementary", { name: "Queue" })
    .getByRole("row")
    .getByText(hostile("title"))
    .waitFor();
  await harmless("the queue");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and commands" }).fill("onerror");
  await page
    .getByRole("option", { name: /onerror/ })
    .first()
    .waitFor();
  await harmless("the palette");
  await page.keyboard.press("Escape");
  await player.getByRole("link", { name: "Open the player" }).click();
  await page.getByRole("heading", { level: 1, name: hostile("title") }).waitFor();
  await harmless("now playing");
  const tape = page.getByRole("slider", { name: "Place in the track" });
  await until("it does not sound", async () => Number(await tape.getAttribute("aria-valuenow")) >= 2);
  // The play is told as the page is left, and may come after the question for what was played.
  await until("it is not in the history", async () => {
    await page.goto("/crate?tab=history");
    return await comes(page.locator("main").getByText(hostile("title")).first());
  });
  await harmless("the history");
});

async function harmless(where) {
  const [ran, images] = await page.evaluate("[window.ran, document.querySelectorAll('img[src=x]').length]");
  assert.equal(ran, undefined, `${where}: it ran`);
  assert.equal(images, 0, `${where}: it is markup`);
  assert.deepEqual(page.wrong, [], where);
}
