// The studio as an artist uses it: from the first page to a release that everybody hears, and what happens when a file or
// the line is not as it should be.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { base, browser, fine, join, LOOKS, look, objections, still, until, visitor } from "./browser.mjs";
import { ffmpeg } from "./sound.mjs";

let chrome;
let music;
let page;
let release;

before(async () => {
  chrome = await browser();
  music = mkdtempSync(path(tmpdir(), "resonance-studio-"));
  const made = [];
  for (let n = 1; n <= 10; n++) {
    made.push("-f", "lavfi", "-t", String(3 + n), "-i", `sine=frequency=${200 + n * 30}`);
  }
  for (let n = 1; n <= 10; n++) {
    made.push("-map", `${n - 1}:a`, "-metadata", "album=Harbour Lights", "-metadata", `title=Part ${n}`);
    made.push("-metadata", `track=${n}`, path(music, `${n}.mp3`));
  }
  await ffmpeg(...made);
  await ffmpeg("-f", "lavfi", "-i", "color=c=teal:s=600x600:d=1", "-frames:v", "1", path(music, "cover.jpg"));
  writeFileSync(path(music, "text.mp3"), "This is no sound at all.\n".repeat(2000));
  await ffmpeg("-f", "lavfi", "-t", "4", "-i", "sine=frequency=900", path(music, "alone.mp3"));
  page = await visitor(chrome);
  await join(page);
});

after(async () => {
  await chrome?.close();
  rmSync(music, { recursive: true, force: true });
});

const choose = (...names) =>
  page
    .locator("input[type=file]")
    .first()
    .setInputFiles(names.map((name) => path(music, name)));

/** Drops files as the system does, in the middle of the studio. */
async function drop(names) {
  const system = await page.context().newCDPSession(page);
  const data = { items: [], files: names.map((name) => path(music, name)), dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await system.send("Input.dispatchDragEvent", { type, x: 600, y: 500, data });
    await page.getByText("Drop it here").waitFor({ state: type === "drop" ? "hidden" : "visible" });
  }
}

/** Does what changes a field, and waits until the server has it. */
async function saved(act) {
  const taken = page.waitForResponse((answer) => answer.request().method() !== "GET" && answer.ok());
  await act();
  await taken;
  await page.getByText("Everything is saved").first().waitFor();
}

test("a listener becomes an artist", async () => {
  await page.goto("/studio");
  await page.getByRole("heading", { name: "Publish your music" }).waitFor();
  assert.deepEqual(await objections(page), []);
  await page.getByLabel("Artist name").fill("Ana Nowak");
  await page.getByRole("button", { name: "Make the page" }).click();
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
});

test("ten files and a cover that are dropped together become one release", async () => {
  const names = [...Array.from({ length: 10 }, (_, n) => `${n + 1}.mp3`), "cover.jpg"];
  let [most, seen] = [0, new Set()];
  page.on("request", (request) => {
    if (request.url().endsWith("/tracks/upload")) {
      seen.add(request);
      most = Math.max(most, seen.size);
    }
  });
  page.on("requestfinished", (request) => seen.delete(request));
  await drop(names);
  await page.getByRole("heading", { name: "Uploading" }).waitFor();
  await page.getByText("11 of 11").waitFor({ timeout: 60_000 });
  assert.ok(most <= 2, `${most} at once`);
  await page.getByRole("link", { name: "Open the release" }).click();
  await page.waitForURL(/\/studio\/releases\//);
  release = page.url().split("/").at(-1);
  assert.equal(await page.getByLabel("Title", { exact: true }).inputValue(), "Harbour Lights");
  await page.getByLabel("Title of track 10").waitFor();
  const titles = await page.getByLabel(/^Title of track/).evaluateAll((all) => all.map((each) => each.value));
  assert.deepEqual(
    titles,
    Array.from({ length: 10 }, (_, n) => `Part ${n + 1}`),
  );
  await page.locator("main img[src*='/images/']").first().waitFor();
});

test("the order is changed without a mouse, and holds", async () => {
  await saved(async () => {
    await page.getByRole("button", { name: "Move Part 1", exact: true }).focus();
    await page.keyboard.press("Enter");
    // The place where it would be put has the focus, and says so.
    const place = page.locator("[role=button][aria-label^='Insert']:focus");
    await place.waitFor({ state: "attached" });
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "More for Part 10" }).click();
    await page.getByRole("menuitem", { name: "Move up" }).click();
  });
  await page.reload();
  await page.getByLabel("Title of track 10").waitFor();
  const titles = await page.getByLabel(/^Title of track/).evaluateAll((all) => all.map((each) => each.value));
  assert.notDeepEqual(titles.slice(0, 3), ["Part 1", "Part 2", "Part 3"]);
  assert.deepEqual(titles.slice(-2), ["Part 10", "Part 9"]);
  const { items } = await (
    await page.context().request.get(`${base}/api/v1/albums/${release}/tracks`)
  ).json();
  assert.deepEqual(
    items.map(({ trackNo }) => trackNo),
    Array.from({ length: 10 }, (_, n) => n + 1),
  );
});

test("a field saves itself, and what is wrong with it is said", async () => {
  await page.getByLabel("Release date").fill("2026-13");
  await page.getByText("Write it as 2026").waitFor();
  await page.getByText("Not everything is saved").waitFor();
  await saved(async () => {
    await page.getByLabel("Release date").fill("2026-11");
    await page.getByLabel("Description").fill("Recorded by the water.");
    await page.getByLabel("Title of track 1", { exact: true }).fill("Dawn <img src=x onerror=alert(1)>");
    await page.getByLabel("Description").focus();
  });
  const { releaseDate, description } = await (
    await page.context().request.get(`${base}/api/v1/albums/${release}`)
  ).json();
  assert.deepEqual([releaseDate, description], ["2026-11", "Recorded by the water."]);
});

test("a title that is emptied says why it stays", async () => {
  const title = page.getByLabel("Title of track 2", { exact: true });
  const before = await title.inputValue();
  await title.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Backspace");
  await page.getByRole("alert").getByText("A title is needed.").waitFor();
  await page.getByRole("link", { name: "Releases" }).first().click();
  await page.getByText(`A title is needed. It stays “${before}”.`).waitFor();
  await page.goBack();
  assert.equal(await title.inputValue(), before);
});

test("what somebody else wrote meanwhile is not written over", async () => {
  const field = page.getByLabel("Description");
  await still(page);
  // The field saves itself soon, and looks first what is there.
  const theirs = async (route) => {
    const answer = await page.context().request.patch(`${base}/api/v1/albums/${release}`, {
      headers: { origin: base },
      data: { description: "Theirs" },
    });
    assert.ok(answer.ok());
    await route.continue();
  };
  await page.route(`**/api/v1/albums/${release}`, theirs, { times: 1 });
  await field.fill("Mine");
  await page.getByText("Somebody changed this meanwhile").waitFor();
  await saved(() => page.getByRole("button", { name: "Keep mine" }).click());
  assert.equal(await field.inputValue(), "Mine");
});

test("a price is exact to the last digit", async () => {
  await page.getByLabel("Price per second for all tracks").fill("0.0000001");
  await page.getByText("At most 6 digits after the point").waitFor();
  await page.getByLabel("Price per second for all tracks").fill("1,000");
  await page.getByText("Write 1000 or 1.00.").waitFor();
  await page.getByLabel("Price per second for all tracks").fill("25");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByText("A minute of it would cost 1,500.00 beats").waitFor();
  await page.getByRole("button", { name: "Save that price" }).waitFor();
  await page.getByLabel("Price per second for all tracks").fill("0.25");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByText("The price of 10 tracks is set").waitFor({ timeout: 30_000 });
  const { items } = await (
    await page.context().request.get(`${base}/api/v1/albums/${release}/tracks`)
  ).json();
  assert.deepEqual(new Set(items.map(({ pricePerSecond }) => pricePerSecond?.amount)), new Set(["250000"]));
});

test("a track's details, credits and splits", async () => {
  await page.getByRole("button", { name: "Edit Part 3" }).click();
  const dialog = page.getByRole("dialog");
  // Half of its six seconds, though thirty are asked for.
  await dialog.getByText("They hear 0:00 to 0:03.").waitFor();
  await dialog.getByRole("combobox", { name: "Add a genre" }).fill("Harbour Folk");
  await page.keyboard.press("Enter");
  await dialog.getByText("Harbour Folk").waitFor();
  // So much may be a slip of the finger.
  await dialog.getByLabel("Price per second").fill("200");
  await dialog.getByText("A minute of it would cost 12,000.00 beats").waitFor();
  await dialog.getByText("Not everything is saved").waitFor();
  await dialog.getByRole("button", { name: "Save that price" }).click();
  await dialog.getByText("Everything is saved").waitFor();
  await dialog.getByLabel("Price per second").fill("0");
  await dialog.locator("summary", { hasText: "Credits" }).click();
  await dialog.getByRole("button", { name: "Add a credit" }).click();
  await dialog.getByLabel("Name", { exact: true }).last().fill("Ben");
  await dialog.getByLabel("Role").last().fill("Producer");
  await dialog.locator("summary", { hasText: "Splits" }).click();
  await dialog.getByLabel("Share, %").fill("70");
  await dialog.getByText("70 % · 30 % are not given to anybody").waitFor();
  await dialog.getByRole("combobox", { name: "Share with an artist" }).click();
  await page.keyboard.type("hallor");
  await page.getByRole("listbox").getByRole("option", { name: "Inés Halloran" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.locator("input:focus[aria-activedescendant]").waitFor();
  await page.keyboard.press("Enter");
  await dialog.getByText("100 %").waitFor();
  await dialog.getByRole("button", { name: "Save as version 1" }).click();
  await dialog.getByText("Version 1, in force since").waitFor();
  // What of the price is the artist's own is said where the price is set.
  await dialog.getByLabel("Price per second").fill("1");
  await dialog.getByText("Your share is 70 %: 0.70 beats a second.").waitFor();
  await dialog.getByLabel("Price per second").fill("0");
  assert.deepEqual(await objections(page), []);
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("Harbour Folk").waitFor({ state: "hidden" });
});

test("splits are set for all tracks at once, and what failed stays to be set", async () => {
  const ask = async (path) => (await page.request.get(`${base}/api/v1/${path}`)).json();
  const { items: tracks } = await ask(`albums/${release}/tracks?limit=50`);
  const [first, second] = tracks.filter(({ title }) => title !== "Part 3");
  await page.getByRole("button", { name: "Splits for all tracks" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The tracks are shared in different ways now:").waitFor();
  const way = dialog.getByRole("listitem").filter({ hasText: "Ana Nowak 70 % and Inés Halloran 30 %" });
  await way.getByText("Part 3", { exact: true }).waitFor();
  await way.getByRole("button", { name: "Take this" }).click();
  // Who leaves it half done is asked.
  await dialog.getByLabel("Share, %").first().fill("60");
  await page.keyboard.press("Escape");
  const question = page.getByRole("alertdialog");
  await question.getByText("Not everything is saved: the splits for all tracks.").waitFor();
  await question.getByRole("button", { name: "Keep editing" }).click();
  await dialog.getByLabel("Share, %").first().fill("70");
  let go;
  const held = new Promise((resolve) => {
    go = resolve;
  });
  const one = `**/tracks/${first.id}/splits`;
  await page.route(one, async (route) => {
    await held;
    await route.continue();
  });
  const other = `**/tracks/${second.id}/splits`;
  await page.route(other, (route) =>
    route.fulfill({
      status: 409,
      contentType: "application/problem+json",
      json: { type: "about:blank", title: "", status: 409, detail: "", code: "conflict", requestId: "r" },
    }),
  );
  await dialog.getByRole("button", { name: "Set for 9 tracks" }).click();
  await dialog.getByRole("progressbar", { name: "Tracks that are done" }).waitFor();
  await dialog.getByText("0 of 9").waitFor();
  go();
  await dialog.getByText("1 track stays as it was:").waitFor();
  await dialog.getByRole("alert").getByText(second.title).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "studio-splits", each);
  }
  await page.unroute(one);
  await page.unroute(other);
  await dialog.getByRole("button", { name: "Set for 1 track", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  const splits = await Promise.all(tracks.map(({ id }) => ask(`tracks/${id}/splits`)));
  const ways = splits.map(({ shares }) => shares.map(({ basisPoints }) => basisPoints).join("/"));
  assert.deepEqual(ways, Array(10).fill("7000/3000"));
  await page.getByRole("button", { name: "Splits for all tracks" }).click();
  await dialog.getByText("All tracks are shared in the same way now.").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test("a release with a track that is not ready is not published, and says which", async () => {
  const { items: tracks } = await (
    await page.context().request.get(`${base}/api/v1/albums/${release}/tracks`)
  ).json();
  await page.route("**/publish", (route) =>
    route.fulfill({
      status: 422,
      contentType: "application/problem+json",
      json: {
        ...{
          type: "about:blank",
          title: "No",
          status: 422,
          detail: "No",
          code: "track_incomplete",
          requestId: "r",
        },
        errors: [{ pointer: `/tracks/${tracks[1].id}`, code: "sound_missing", detail: "-" }],
      },
    }),
  );
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText(`“${tracks[1].title}” has no sound yet`).waitFor();
  await page.unroute("**/publish");
});

test("it is published, and everybody hears it", async () => {
  const other = await visitor(chrome);
  const seen = () => other.request.get(`${base}/api/v1/albums/${release}`);
  assert.equal((await seen()).status(), 404);
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "See it as listeners do" }).waitFor({ timeout: 30_000 });
  const album = await (await seen()).json();
  assert.deepEqual([album.visibility, album.trackCount], ["public", 10]);
  // Others are asked to pay for it; whoever it belongs to is not.
  await other.goto(`/r/${release}`);
  await other.getByText("for the whole release, each track rounded up to full seconds").waitFor();
  await other.goto("about:blank");
  const own = await page.context().newPage();
  await own.goto(`/r/${release}`);
  await own.getByText("Free for you, as it is yours; 0.25 beats a second for others").waitFor();
  await own.close();
  await other.context().close();
});

test("a picture of few pixels is asked about, and one that is too large is told the limit", async () => {
  const make = (name, side) =>
    ffmpeg("-f", "lavfi", "-i", `color=c=red:s=${side}x${side}:d=1`, "-frames:v", "1", path(music, name));
  await make("tiny.png", 40);
  writeFileSync(path(music, "huge.png"), Buffer.alloc(11_000_000));
  const cover = async () =>
    (await (await page.context().request.get(`${base}/api/v1/albums/${release}`)).json()).coverUrl;
  const before = await cover();
  const picture = page.locator("input[type=file][accept='image/jpeg,image/png,image/webp']");
  await picture.setInputFiles(path(music, "tiny.png"));
  await page.getByText("Its middle square is 40 pixels wide.").waitFor();
  assert.deepEqual(await objections(page), []);
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await picture.setInputFiles(path(music, "huge.png"));
  await page.getByText("The file is too large for this server.").waitFor();
  await page.getByText("JPEG, PNG or WebP, at most 10 MB").waitFor();
  assert.equal(await cover(), before);
  await page.getByRole("button", { name: "Clear the list" }).click();
});

test("a file that is too large is in the list with its name and the reason", async () => {
  await page.goto("/studio");
  const limits = "**/api/v1/uploads/limits";
  await page.route(limits, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), maxBytes: 20_000 } });
  });
  await page.reload();
  await page.getByText("at most 20 kB a file").waitFor();
  await choose("10.mp3");
  const row = page.getByRole("listitem").filter({ hasText: "10.mp3" });
  await row.getByText("The server takes 20 kB at most.").waitFor();
  await page.unroute(limits);
  await page.getByRole("button", { name: "Clear the list" }).click();
});

test("a file that is no sound is refused in words, and the others go on", async () => {
  await page.goto("/studio");
  await page.getByRole("heading", { name: "Releases" }).waitFor();
  await page.getByText(/MP3.*at most .* a file/).waitFor();
  await choose("text.mp3", "1.mp3", "alone.mp3");
  await page.getByText("This is no audio that this server knows").waitFor();
  await page.getByText("This file is here already").waitFor();
  await page.getByText("1 of 3").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Try .* again$/ }).count(), 0);
  await page.getByRole("button", { name: "Clear the list" }).click();
});

test("what is neither sound nor picture is named as left out, and counted", async () => {
  await ffmpeg("-f", "lavfi", "-t", "5", "-i", "sine=frequency=1100", path(music, "kept.mp3"));
  writeFileSync(path(music, "notes.txt"), "Words.\n");
  await drop(["kept.mp3", "notes.txt"]);
  await page.getByText("1 of 2").waitFor();
  const row = page.getByRole("listitem").filter({ hasText: "notes.txt" });
  await row.getByText("Left out: neither sound nor picture.").waitFor();
  await page.getByRole("button", { name: "Clear the list" }).click();
});

test("a line that drops is told, and the file is sent again", async () => {
  await ffmpeg("-f", "lavfi", "-t", "5", "-i", "sine=frequency=1200", path(music, "again.mp3"));
  page.expected = /ERR_CONNECTION_RESET/;
  await page.route("**/tracks/upload", (route) => route.abort("connectionreset"));
  await choose("again.mp3");
  await page.getByText("The server cannot be reached").waitFor();
  await page.unroute("**/tracks/upload");
  await page.getByRole("button", { name: "Try again.mp3 again" }).click();
  await page.getByText("1 of 1").waitFor();
});

test("uploads go on while one moves within the studio, can be cancelled, and leaving warns", async () => {
  await ffmpeg("-f", "lavfi", "-t", "5", "-i", "sine=frequency=1300", path(music, "slow.mp3"));
  let go;
  const held = new Promise((resolve) => {
    go = resolve;
  });
  await ffmpeg("-f", "lavfi", "-t", "5", "-i", "sine=frequency=1400", path(music, "quick.mp3"));
  let first = true;
  await page.route("**/tracks/upload", async (route) => {
    if (first) {
      first = false;
      await route.continue();
      return;
    }
    await held;
    await route.abort("connectionreset").catch(() => {});
  });
  await choose("quick.mp3", "slow.mp3");
  await page.getByRole("heading", { name: "Uploading" }).waitFor();
  // What is done leaves the room to what is not, and is there for who wants to see it.
  await page.getByText("2 of 3").waitFor();
  const row = (name) => page.getByRole("listitem").filter({ hasText: name });
  await row("slow.mp3").waitFor();
  await row("quick.mp3").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Show the files" }).click();
  await row("quick.mp3").getByText("Taken").waitFor();
  await page.getByRole("button", { name: "Hide the files" }).click();
  await page.getByRole("link", { name: "Artist page" }).click();
  await page.getByLabel("About").waitFor();
  await page.getByRole("heading", { name: "Uploading" }).waitFor();
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  await page.getByRole("button", { name: "Cancel slow.mp3" }).click();
  await page.getByText("Cancelled").waitFor();
  go();
  await page.unroute("**/tracks/upload");
  await page.getByRole("button", { name: "Clear the list" }).click();
});

test("the artist page", async () => {
  await saved(async () => {
    await page.getByLabel("About").fill("Songs from the harbour.");
    await page.getByLabel("Artist name").focus();
  });
  await page.reload();
  await page.getByText("Songs from the harbour.").waitFor();
  await page.getByText("(you)").waitFor();
  await page.getByLabel(/^Role of u/).selectOption("editor");
  await page.getByText("A page keeps at least one owner").waitFor();
  const other = await visitor(chrome);
  const { login } = await join(other);
  await page.getByRole("combobox", { name: "Let somebody help" }).click();
  await page.keyboard.type(login.toUpperCase());
  await page.getByRole("option", { name: login }).click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByLabel(`Role of ${login}`).waitFor();
  // They are asked first: until they say yes nothing of theirs goes there.
  await page.getByText("has not said yes yet").waitFor();
  await other.goto("/studio");
  await other.getByText("Ana Nowak asks you to help with its artist page.").waitFor();
  await other.getByRole("heading", { name: "Publish your music" }).waitFor();
  for (const each of LOOKS) {
    await look(other, "/studio", each);
    await fine(other, "studio-asked", each);
  }
  await other.getByRole("button", { name: "Yes", exact: true }).click();
  await other.getByText("Ana Nowak asks you").waitFor({ state: "hidden" });
  await other.getByRole("link", { name: "Artist page" }).click();
  await other.getByText("Songs from the harbour.").waitFor();
  await other.context().close();
});

test("another artist page is made, and the studio is for it", async () => {
  await page.goto("/studio");
  await page.getByRole("button", { name: "New artist page" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Artist name").fill("Second Act");
  assert.deepEqual(await objections(page), []);
  await dialog.getByRole("button", { name: "Make the page" }).click();
  await dialog.waitFor({ state: "detached" });
  const pages = page.getByLabel("Artist page", { exact: true });
  const chosen = () => pages.evaluate((select) => select.selectedOptions[0].text);
  await pages.waitFor();
  await until("it is not chosen", async () => (await chosen()) === "Second Act");
  await page.getByRole("heading", { name: "Nothing here yet" }).waitFor();
  const all = await pages.locator("option").allInnerTexts();
  await pages.selectOption({ label: all.find((name) => name !== "Second Act") });
  await page
    .getByRole("link", { name: /Harbour/ })
    .first()
    .waitFor();
});

test("nothing is wrong with any screen, in either theme and at either width", async () => {
  const screens = { home: "/studio", release: `/studio/releases/${release}`, artist: "/studio/artist" };
  for (const each of LOOKS) {
    for (const [name, address] of Object.entries(screens)) {
      await look(page, address, each);
      await fine(page, `studio-${name}`, each);
    }
  }
});

test("a release is deleted with its tracks once that was confirmed", async () => {
  await page.goto(`/studio/releases/${release}`);
  await page.getByRole("button", { name: "Delete the release" }).click();
  await page.getByText("Delete too").click();
  await page.getByText("The release goes, and its 10 tracks with it.").waitFor();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await page.waitForURL(/\/studio$/);
  const answer = await page.context().request.get(`${base}/api/v1/albums/${release}`);
  assert.equal(answer.status(), 404);
});
