// Releases a track over REST, as an artist's program would: for tests of what listeners make of it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { base, until } from "./browser.mjs";
import { ffmpeg } from "./sound.mjs";

/** Makes an artist page with a track of a minute that costs so much a second, in minor units; answers the ids of both. */
export async function release(ask, { name, title, price }, at = base) {
  const { id: artist } = await ask("POST", "/artists", { displayName: name });
  const folder = mkdtempSync(path(tmpdir(), "resonance-release-"));
  const file = path(folder, "sound.mp3");
  try {
    await ffmpeg("-f", "lavfi", "-t", "60", "-i", `sine=frequency=${300 + (process.pid % 500)}`, file);
    const form = new FormData();
    form.set("metadata", JSON.stringify({ title, artistId: artist }));
    form.set("file", new Blob([readFileSync(file)]), "sound.mp3");
    const answer = await fetch(`${at}/api/v1/tracks/upload`, {
      method: "POST",
      headers: { authorization: ask.authorization },
      body: form,
    });
    assert.ok(answer.ok, `upload: ${answer.status} ${await answer.clone().text()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  let track;
  await until("the upload is a track", async () => {
    const { items } = await ask("GET", `/artists/${artist}/tracks?limit=10`);
    track = items.find((each) => each.title === title && each.durationMs > 0);
    return track;
  });
  const change = { pricePerSecond: { asset: "BEAT", amount: price }, visibility: "public" };
  await ask("PATCH", `/tracks/${track.id}`, change);
  return { artist, track: track.id };
}
