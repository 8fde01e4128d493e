// Releases music over REST, as an artist's program would: for tests of what listeners make of it.
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

/**
 * Publishes a release with a track for each of these names of files, which say their formats too, as who is logged in on the
 * page; answers its id.
 */
export async function releaseAlbum(page, { name, title, files }) {
  const headers = { "x-resonance-client": "web", origin: base };
  const ask = async (method, address, options) => {
    const answer = await page.request[method](`${base}/api/v1/${address}`, { headers, ...options });
    assert.ok(answer.ok(), `${method} ${address}: ${await answer.text()}`);
    return await answer.json();
  };
  const artist = await ask("post", "artists", { data: { displayName: name } });
  const album = await ask("post", "albums", { data: { artistId: artist.id, title } });
  const folder = mkdtempSync(path(tmpdir(), "resonance-release-"));
  for (const [at, name] of files.entries()) {
    const file = path(folder, name);
    const codec = name.endsWith(".m4a") ? ["-c:a", "alac"] : [];
    await ffmpeg("-f", "lavfi", "-t", "12", "-i", `sine=frequency=${400 + 50 * at}`, ...codec, file);
    const [title] = name.split(".");
    const metadata = { title, artistId: artist.id, albumId: album.id, trackNo: at + 1 };
    await ask("post", "tracks/upload", {
      multipart: {
        metadata: JSON.stringify(metadata),
        file: { name, mimeType: "application/octet-stream", buffer: readFileSync(file) },
      },
    });
  }
  rmSync(folder, { recursive: true });
  await until("they are no tracks yet", async () => {
    const { items } = await ask("get", `albums/${album.id}/tracks`);
    return items.length === files.length && items.every(({ durationMs }) => durationMs > 0);
  });
  await ask("post", `albums/${album.id}/publish`, { data: { visibility: "public" } });
  return album.id;
}
