// A disk that was away for a while: what lies on it says so when it is to be played, and plays when it is back.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { browser, logIn, until, visitor } from "./browser.mjs";
import { asker } from "./paying.mjs";
import { operator, serve } from "./server.mjs";
import { ffmpeg } from "./sound.mjs";

const AWAY = "The file of this track is not here at the moment.";

const music = mkdtempSync(path(tmpdir(), "resonance-away-"));
const [disk, elsewhere] = ["disk", "elsewhere"].map((name) => path(music, name));
let chrome;
let page;
let server;
let tracks;

before(async () => {
  mkdirSync(disk);
  for (const [at, title] of ["Quay", "Crane"].entries()) {
    const tags = ["album=Dock", `title=${title}`, `track=${at + 1}`].flatMap((tag) => ["-metadata", tag]);
    const tone = ["-f", "lavfi", "-t", "30", "-i", `sine=frequency=${300 + at * 20}`];
    await ffmpeg(...tone, ...tags, path(disk, `${title}.mp3`));
  }
  server = await serve(process.env.RESONANCE, "serve", {
    RESONANCE__MODE: "test",
    RESONANCE__IMPORT__ROOTS: JSON.stringify([music]),
  });
  const { login: username, email, password } = operator;
  const made = await fetch(`${server.base}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: await server.token(), username, email, password }),
  });
  assert.ok(made.ok, await made.text());
  const ask = await asker(operator, server.base);
  await ask("POST", "/admin/imports", { path: disk });
  await until("it is not imported", async () => {
    tracks = (await ask("GET", "/tracks")).items;
    return tracks.length === 2;
  });
  chrome = await browser();
  page = await visitor(chrome, { baseURL: server.base });
  page.expected = /status of 503/;
  await logIn(page, operator, server.base);
});

after(async () => {
  await chrome?.close();
  await server?.end();
  rmSync(music, { recursive: true, force: true });
});

const player = () => page.getByRole("region", { name: "Player", exact: true });
const sounds = () =>
  until("no sound", async () => {
    const place = player().getByRole("slider", { name: "Place in the track" });
    return Number(await place.getAttribute("aria-valuenow")) >= 2;
  });

test("a track whose file is away says so when it is pressed", async () => {
  await page.goto(`/r/${tracks[0].album.id}`);
  await page.getByRole("row", { name: /Crane/ }).waitFor();
  renameSync(disk, elsewhere);
  await page.getByRole("row", { name: /Crane/ }).click();
  await player().getByText(AWAY).waitFor();
});

test("it can be pressed again, and plays when its file is back", async () => {
  const { id } = tracks.find(({ title }) => title === "Crane");
  await page.goto(`/t/${id}`);
  const main = page.getByRole("main");
  await main.getByText(AWAY).waitFor();
  await main.getByRole("button", { name: "Play", exact: true }).click();
  await player().getByText(AWAY).waitFor();
  renameSync(elsewhere, disk);
  await main.getByRole("button", { name: "Play", exact: true }).click();
  await sounds();
  await main.getByText(AWAY).waitFor({ state: "hidden" });
  await player().getByRole("button", { name: "Pause", exact: true }).click();
  assert.deepEqual(page.wrong, []);
});
