// The player as a listener uses it: play, seek, on to the next, away and back, two tabs, no network.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { browser, fine, join, LOOKS, until, visitor, watched } from "./browser.mjs";

let chrome;
let page;
let tracks;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome, { locale: "en" });
  await join(page);
  await page.goto("/");
  const { items } = await page.evaluate(async () => (await fetch("/api/v1/tracks?limit=50")).json());
  // Those that this listener hears in full.
  tracks = items.filter(({ pricePerSecond }) => !pricePerSecond);
  assert.ok(tracks.length >= 8);
  await leaveQueue(
    page,
    tracks.map(({ id }) => id),
  );
  await page.reload();
});

after(() => chrome?.close());

/** As if this queue had been left at the last visit. */
async function leaveQueue(page, ids) {
  await page.evaluate(async (ids) => {
    const kept = { ids, asked: [], at: 0, repeat: "off", source: undefined, unshuffled: undefined };
    await new Promise((done, wrong) => {
      const opening = indexedDB.open("keyval-store");
      opening.onupgradeneeded = () => opening.result.createObjectStore("keyval");
      opening.onerror = wrong;
      opening.onsuccess = () => {
        const change = opening.result.transaction("keyval", "readwrite");
        change.objectStore("keyval").put(kept, "resonance.queue");
        change.oncomplete = done;
      };
    });
  }, ids);
}

const player = (of = page) => of.getByRole("region", { name: "Player", exact: true });
const button = (name, of = page) => player(of).getByRole("button", { name, exact: true });
const tape = (of = page) => player(of).getByRole("slider", { name: "Place in the track" });
const seconds = async (of = page) => Number(await tape(of).getAttribute("aria-valuenow"));

const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

const reaches = (least, of = page) =>
  until(`the sound did not reach ${least} s`, async () => (await seconds(of)) >= least);

/** While it rests. */
const stands = (at) => until(`it does not stand at ${at} s`, async () => (await seconds()) === at);

test("what was left is there, paused, and plays when play is pressed", async () => {
  await player().getByText(tracks[0].title).first().waitFor();
  assert.equal(await seconds(), 0);
  await button("Play").click();
  await button("Pause").waitFor();
  await reaches(2);
});

test("the tape is a slider for the keyboard", async () => {
  await button("Pause").click();
  await button("Play").waitFor();
  await tape().focus();
  const before = await seconds();
  await page.keyboard.press("ArrowRight");
  await stands(before + 5);
  await page.keyboard.press("PageUp");
  await stands(Math.min(before + 35, Math.floor((tracks[0].durationMs - 50) / 1000)));
  assert.match(await tape().getAttribute("aria-valuetext"), /^\d:\d\d of \d:\d\d$/);
  await page.keyboard.press("Home");
  await stands(0);
  await button("Play").click();
  await reaches(1);
});

test("a press on the tape goes to that place", async () => {
  const box = await tape().boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await reaches(Math.floor(tracks[0].durationMs / 2000) - 1);
});

test("next goes on, previous goes back", async () => {
  await button("Next track").click();
  await player().getByText(tracks[1].title).first().waitFor();
  await reaches(1);
  // Within a track it leads to its beginning, and from there to the one before.
  await tape().focus();
  await page.keyboard.press("PageUp");
  await button("Pause").click();
  await button("Previous track").click();
  await stands(0);
  await button("Previous track").click();
  await player().getByText(tracks[0].title).first().waitFor();
  await button("Next track").click();
});

test("the end of a track leads into the next one", async () => {
  await player().getByText(tracks[1].title).first().waitFor();
  await tape().focus();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await player().getByText(tracks[2].title).first().waitFor();
  await reaches(1);
  assert.ok(await isFocused(tape()), "the keyboard is not on the tape any more");
});

test("after a reload it goes on where it was", async () => {
  await reaches(4);
  const before = await seconds();
  await page.reload();
  await player().getByText(tracks[2].title).first().waitFor();
  assert.ok((await seconds()) >= before - 1, `${await seconds()} after ${before}`);
  await button("Play").click();
  await reaches(before + 1);
});

test("keys work on the screen and not in fields", async () => {
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press(" ");
  await button("Play").waitFor();
  await page.keyboard.press("k");
  await button("Pause").waitFor();
  // What comes now is about this track, however long it takes.
  await page.keyboard.press("k");
  await button("Play").waitFor();
  await page.keyboard.press("m");
  await button("Sound on").waitFor();
  await page.keyboard.press("m");
  await button("Mute").waitFor();
  await page.keyboard.press("l");
  const heart = (says) => player().getByRole("button", { name: `${says} ${tracks[2].title}` });
  await heart("Take back the like of").waitFor();
  await heart("Take back the like of").click();
  await heart("Like").waitFor();
  // What is shown at once is told to the server meanwhile.
  await until("the like stays", async () => {
    const { liked } = await page.evaluate(
      async (id) => (await fetch(`/api/v1/tracks/${id}`)).json(),
      tracks[2].id,
    );
    return !liked;
  });
});

test("the player leads to the track and to its artist", async () => {
  await player().getByRole("link", { name: tracks[2].title }).click();
  await page.waitForURL(`**/t/${tracks[2].id}`);
  await player().getByRole("link", { name: tracks[2].artist.name }).click();
  await page.waitForURL(`**/a/${tracks[2].artist.id}`);
});

test("the queue is put in order without a mouse", async () => {
  await button("Queue").click();
  const panel = page.getByRole("complementary", { name: "Queue" });
  const rows = panel.getByRole("row");
  await rows.first().waitFor();
  const [screen, queue] = [await page.getByRole("main").boundingBox(), await panel.boundingBox()];
  assert.ok(screen.x + screen.width <= queue.x, "the queue lies on the screen, beside which there is room");
  // Into the list, down to the row, into its buttons: the handle first, then the menu.
  const menu = panel.getByRole("button", { name: `What to do with ${tracks[6].title}` });
  await rows.first().focus();
  await menu.waitFor();
  for (let down = 0; down < 20 && !(await isFocused(rows.filter({ hasText: tracks[6].title }))); down++) {
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.ok(await isFocused(menu));
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Play next" }).press("Enter");
  await until(`${tracks[6].title} does not follow`, async () => {
    const order = await rows.allInnerTexts();
    const at = order.findIndex((text) => text.includes("Now"));
    return order[at + 1]?.includes(tracks[6].title);
  });
  // By its handle: where it would come to stand is seen, and each arrow is one place.
  const order = async () => (await rows.allInnerTexts()).map((text) => text.split("\n")[0]).filter(Boolean);
  const titles = await order();
  const at = titles.indexOf(tracks[6].title);
  const place = panel.locator(".place[data-drop-target]");
  const handle = panel.getByRole("button", { name: `Move ${tracks[6].title}` });
  for (const [key, moved] of [
    ["ArrowDown", titles.toSpliced(at, 1).toSpliced(at + 1, 0, tracks[6].title)],
    ["ArrowUp", titles],
  ]) {
    await handle.focus();
    await page.keyboard.press("Enter");
    await place.waitFor();
    const { y } = await place.boundingBox();
    await page.keyboard.press(key);
    await until(`${key} moves nothing`, async () => Math.abs((await place.boundingBox()).y - y) > 20);
    await page.keyboard.press("Enter");
    await until("it is not moved", async () => (await order()).join() === moved.join());
  }
  await panel.getByRole("button", { name: "Close" }).click();
});

test("what is put next follows, though another one is on its way", async () => {
  const other = await visitor(chrome, { locale: "en" });
  await other.goto("/");
  await leaveQueue(
    other,
    tracks.slice(0, 4).map(({ id }) => id),
  );
  await other.reload();
  const asked = new Promise((resolve) => {
    // Its last piece never comes.
    void other.route(`**/api/v1/tracks/${tracks[1].id}/stream*`, async (route) => {
      const [, from] = /bytes=(\d+)/.exec((await route.request().headerValue("range")) ?? "") ?? [];
      if (Number(from ?? 0) > 2_000_000) resolve();
      else await route.continue();
    });
  });
  await button("Play", other).click();
  await asked;
  await button("Queue", other).click();
  const panel = other.getByRole("complementary", { name: "Queue" });
  await panel.getByRole("button", { name: `What to do with ${tracks[3].title}` }).click();
  // Long before this one ends.
  const coming = other.waitForResponse(`**/api/v1/tracks/${tracks[3].id}/stream*`);
  await other.getByRole("menuitem", { name: "Play next" }).click();
  await coming;
  await tape(other).focus();
  await other.keyboard.press("End");
  await player(other).getByText(tracks[3].title).first().waitFor();
  await reaches(1, other);
  await other.context().close();
});

test("play that is pressed before the player is there counts, and is kept", async () => {
  const other = await visitor(chrome, { locale: "en" });
  const room = "**/assets/room-*.js*";
  const play = () => other.getByRole("main").getByRole("button", { name: "Play", exact: true }).click();
  // First the line is lost.
  other.expected = /ERR_FAILED/;
  await other.route(room, (route) => route.abort());
  await other.goto(`/t/${tracks[3].id}`);
  await play();
  await other.getByRole("status").getByText("The server cannot be reached").waitFor();
  await other.unroute(room);
  let come = () => {};
  const there = new Promise((resolve) => {
    come = resolve;
  });
  await other.route(room, async (route) => {
    await there;
    await route.continue();
  });
  await play();
  come();
  await button("Pause", other).waitFor();
  await reaches(2, other);
  await other.reload();
  await player(other).getByText(tracks[3].title).first().waitFor();
  assert.ok((await seconds(other)) >= 1, `${await seconds(other)}`);
  assert.deepEqual(other.wrong, []);
  await other.context().close();
});

test("who pauses before it is known who listens hears nothing", async () => {
  const other = await visitor(chrome, { locale: "en" });
  let know = () => {};
  const known = new Promise((resolve) => {
    know = resolve;
  });
  await other.route("**/api/v1/me", async (route) => {
    await known;
    await route.continue();
  });
  const { items } = await page.evaluate(async () => (await fetch("/api/v1/tracks?limit=50")).json());
  const { title } = items.find(({ pricePerSecond }) => pricePerSecond);
  // The pages of tracks say themselves that nobody is logged in.
  await other.goto(`/search?q=${encodeURIComponent(title)}`);
  const sound = other.waitForResponse("**/stream*");
  await other.getByRole("row", { name: title }).first().click();
  await button("Pause", other).click();
  await button("Play", other).waitFor();
  know();
  await sound;
  let at = 0;
  const rests = async () => {
    at = await seconds(other);
    await sleep(2000);
    return at === (await seconds(other));
  };
  await until("it sounds", rests, 10_000);
  await button("Play", other).click();
  await reaches(at + 1, other);
  await other.context().close();
});

test("20,000 entries keep under 60 rows in the page", async () => {
  const other = await visitor(chrome, { locale: "en" });
  await other.goto("/");
  const ids = Array.from({ length: 20_000 }, (_, index) => tracks[index % tracks.length].id);
  await leaveQueue(other, ids);
  await other.reload();
  await player(other).getByText(tracks[0].title).first().waitFor();
  await button("Queue", other).click();
  const rows = other.getByRole("complementary", { name: "Queue" }).getByRole("row");
  await rows.first().waitFor();
  assert.ok((await rows.count()) < 60, `${await rows.count()} rows`);
  await other.context().close();
});

test("only one tab plays", async () => {
  await button("Play").click();
  await button("Pause").waitFor();
  const other = watched(await page.context().newPage());
  await other.goto("/");
  await button("Play", other).click();
  await button("Pause", other).waitFor();
  await button("Play").waitFor();
  // The one that was stopped says where it plays, and goes on with that.
  await player().getByText("Playing in another tab").waitFor();
  await button("Next track", other).click();
  const title = await other.locator("[aria-label=Player] a[href^='/t/']").first().innerText();
  await button("Next track", other).waitFor();
  await reaches(2, other);
  await button("Go on here").click();
  await button("Pause").waitFor();
  await button("Play", other).waitFor();
  await other.getByText("Playing in another tab").waitFor();
  await player().getByText(title).first().waitFor();
  await reaches(2);
  assert.equal(await player().getByText("Playing in another tab").count(), 0);
  // One that comes later learns it too, and one that goes takes its word back.
  const third = watched(await page.context().newPage());
  await third.goto("/");
  await third.getByText("Playing in another tab").waitFor();
  await button("Pause").click();
  await third.getByText("Playing in another tab").waitFor({ state: "detached" });
  await button("Play", third).click();
  await player().getByText("Playing in another tab").waitFor();
  await third.close();
  await player().getByText("Playing in another tab").waitFor({ state: "detached" });
  // One that crashes says nothing; who looks at this one again does not read of it for ever.
  const fourth = await page.context().newPage();
  await fourth.goto("/");
  await button("Play", fourth).click();
  await player().getByText("Playing in another tab").waitFor();
  const crash = fourth.waitForEvent("crash");
  const devtools = await page.context().newCDPSession(fourth);
  devtools.send("Page.crash").catch(() => {});
  await crash;
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await player().getByText("Playing in another tab").waitFor({ state: "detached" });
  await fourth.close();
  await other.close();
});

test("without a network what is buffered goes on", async () => {
  await button("Play").click();
  const before = await seconds();
  await reaches(before + 3);
  page.expected = /ERR_INTERNET_DISCONNECTED/;
  await page.context().setOffline(true);
  await reaches(before + 6);
  await page.context().setOffline(false);
  await button("Pause").click();
});

test("what was heard is told once the track is left", async () => {
  await button("Play").click();
  const told = page.waitForResponse((response) => response.url().endsWith("/plays"));
  const before = await seconds();
  await reaches(before + 2);
  await button("Next track").click();
  const answer = await (await told).json();
  assert.ok(tracks.some(({ id }) => id === answer.trackId));
  assert.ok(answer.secondsListened >= 1);
  assert.equal(answer.served, true);
});

test("nothing is wrong with the player and its queue, and nothing went wrong meanwhile", async () => {
  await button("Queue").click();
  await page.getByRole("complementary", { name: "Queue" }).getByRole("row").first().waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "player-queue", each);
  }
  await page.keyboard.press("Escape");
  await player().getByRole("link", { name: "Open the player" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "player-now", each);
  }
  // On a phone, a small one too, nothing to press is behind the tabs.
  for (const viewport of [
    { width: 390, height: 844 },
    { width: 360, height: 640 },
  ]) {
    await page.setViewportSize(viewport);
    const bar = await page.getByRole("navigation", { name: "Main" }).boundingBox();
    const sleep = await page.locator("main").getByRole("button", { name: "Sleep timer" }).boundingBox();
    assert.ok(sleep.y + sleep.height <= bar.y, `${viewport.height} px: ${sleep.y} behind ${bar.y}`);
  }
});
