// A track that this browser cannot play says so, and is no end of what plays: with an account and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { browser, join, until, visitor } from "./browser.mjs";
import { releaseAlbum } from "./releasing.mjs";

const WHY = "This browser cannot play this file.";

let chrome;
let member;
let visitors;
let release;
before(async () => {
  chrome = await browser();
  const artist = await visitor(chrome);
  await join(artist);
  // Chromium knows nothing of ALAC.
  const files = ["Ropes.wav", "Lamp.m4a", "Salt.wav", "Oil.m4a"];
  release = await releaseAlbum(artist, { name: "Keeper", title: "Lighthouse", files });
  member = await visitor(chrome);
  await join(member);
  visitors = { "without an account": await visitor(chrome), "with an account": member };
});
after(() => chrome?.close());

for (const who of ["without an account", "with an account"]) {
  test(`it says why and the next one plays, ${who}`, async () => {
    const page = visitors[who];
    const player = page.getByRole("region", { name: "Player", exact: true });
    await page.goto(`/r/${release}`);
    await page.getByRole("row", { name: /Lamp/ }).click();
    await player.getByText(WHY).waitFor();
    await player.getByText("Salt").waitFor();
    await player.getByRole("button", { name: "Pause", exact: true }).waitFor();
  });

  test(`so it is where it would follow without a gap, ${who}`, async () => {
    const page = visitors[who];
    const player = page.getByRole("region", { name: "Player", exact: true });
    await page.getByRole("row", { name: /Ropes/ }).click();
    const tape = player.getByRole("slider", { name: "Place in the track" });
    await until("no sound", async () => Number(await tape.getAttribute("aria-valuenow")) >= 1);
    await tape.focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await player.getByText("Salt").waitFor();
    await until("no sound", async () => Number(await tape.getAttribute("aria-valuenow")) >= 1);
  });

  test(`the last one goes on saying it, ${who}`, async () => {
    const page = visitors[who];
    const player = page.getByRole("region", { name: "Player", exact: true });
    await player.getByRole("button", { name: "Next track" }).click();
    await player.getByText(WHY).waitFor();
    await sleep(3000);
    assert.ok(await player.getByText(WHY).isVisible(), "it says nothing any more");
    await player.getByRole("button", { name: "Play", exact: true }).waitFor();
    assert.deepEqual(page.wrong, []);
  });
}
