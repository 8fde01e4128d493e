// Without a network: the app is there all the same, says so, and has kept nothing that is anybody's own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { admin, base, browser, join, logIn, until, visitor } from "./browser.mjs";

let chrome;
before(async () => {
  chrome = await browser();
});
after(() => chrome?.close());

test("the shell works offline and keeps no sound and no answer", async () => {
  const page = await visitor(chrome, { serviceWorkers: "allow" });
  await join(page);
  await page.goto("/crate?tab=tracks");
  await page.getByRole("row", { name: /Tidewater/ }).click();
  await page
    .getByRole("region", { name: "Player", exact: true })
    .getByRole("button", { name: "Pause", exact: true })
    .waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));

  const kept = await page.evaluate(async () => {
    const all = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) all.push(new URL(url).pathname);
    }
    return all;
  });
  assert.ok(kept.includes("/index.html"), "the shell is not kept");
  assert.deepEqual(
    kept.filter(
      (path) =>
        !/^\/(assets\/|[a-z-]+\.(html|js|css|svg)$|icon-[a-z0-9]+\.png$|manifest\.webmanifest$)/.test(path),
    ),
    [],
    "kept beside the shell",
  );

  await page.context().setOffline(true);
  await page.getByText("You are offline").waitFor();
  // Another visit, with no server at all.
  await page.goto("/search");
  await page.getByText("You are offline").waitFor();
  await page.getByRole("searchbox").waitFor();
  await page.goto("/crate");
  await needs(page).waitFor();

  await page.context().setOffline(false);
  await page.getByText("You are offline").first().waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Slow Boats/ }).waitFor();
  await until("errors beside those of the missing network", () =>
    page.wrong.every((text) => /ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch/.test(text)),
  );
  await page.context().close();
});

const needs = (page) => page.getByRole("heading", { name: "This needs a connection" });

test("what was never opened says so offline, and comes by itself afterwards", async () => {
  const page = await visitor(chrome, { serviceWorkers: "allow" });
  await logIn(page, admin);
  const { items } = await (await fetch(`${base}/api/v1/tracks?limit=50`)).json();
  const track = items.find((each) => each.album);
  await page.goto("/search");
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.context().setOffline(true);
  const nav = page.getByRole("navigation", { name: "Main" });
  for (const name of ["Crate", "Wallet", "Notifications", "Administration"]) {
    await nav.getByRole("link", { name }).filter({ visible: true }).click();
    await needs(page).first().waitFor();
    await page.getByRole("button", { name: "Try again" }).first().waitFor();
  }
  // Nobody has asked who this is before.
  for (const path of [
    "/",
    `/r/${track.album.id}`,
    `/t/${track.id}`,
    `/a/${track.artist.id}`,
    "/search?q=tide",
    "/crate?tab=history",
    "/studio/earnings",
    "/wallet/receipts",
    "/admin/users",
    "/notifications",
    "/settings",
    "/setup",
  ]) {
    await page.goto(path);
    await needs(page).first().waitFor();
    assert.equal(await page.locator("main [aria-busy=true]").count(), 0, path);
  }
  // Nor is anybody told to log in who may be, and cannot be asked for.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/search");
  await needs(page).waitFor();
  await nav.getByRole("link", { name: "Account" }).filter({ visible: true }).waitFor();
  assert.equal(await nav.getByRole("link", { name: "Log in" }).filter({ visible: true }).count(), 0);
  await page.goto(`/r/${track.album.id}`);
  await needs(page).waitFor();
  await page.context().setOffline(false);
  await page.getByRole("heading", { level: 1, name: track.album.title }).waitFor();
  await page.context().close();
});

test("what was left comes back with the connection, at its place, after a reload without one", async () => {
  const page = await visitor(chrome, { serviceWorkers: "allow" });
  // A visitor has it on this device alone: no other page of an account can bring it back.
  await page.goto("/crate?tab=tracks");
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.getByRole("row", { name: /Tidewater/ }).click();
  const player = page.getByRole("region", { name: "Player", exact: true });
  const place = async () =>
    Number(await player.getByRole("slider", { name: "Place in the track" }).getAttribute("aria-valuenow"));
  await until("no sound", async () => (await place()) >= 3);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText("You are offline").waitFor();
  // What asks for it gives up before the line is back.
  await page.waitForFunction(() =>
    performance.getEntriesByType("resource").some(({ name }) => /\/api\/v1\/tracks\/[^/]+$/.test(name)),
  );
  assert.equal(await player.getByRole("button").count(), 0);
  await page.context().setOffline(false);
  await player.getByRole("link", { name: /Tidewater/ }).waitFor();
  await player.getByRole("button", { name: "Play", exact: true }).waitFor();
  assert.ok((await place()) >= 3, `${await place()}`);
  await page.context().close();
});

test("a part of the app that this device lacks says so, too, and the music goes on", async () => {
  const page = await visitor(chrome);
  await page.goto("/crate?tab=tracks");
  await page.getByRole("row", { name: /Tidewater/ }).click();
  const pause = page
    .getByRole("region", { name: "Player", exact: true })
    .getByRole("button", { name: "Pause", exact: true });
  await pause.waitFor();
  await page.context().setOffline(true);
  for (const name of ["Search", "Join"]) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
    await needs(page).waitFor();
    await pause.waitFor();
  }
  await page.context().setOffline(false);
  await page.getByRole("heading", { level: 1, name: "Join" }).waitFor();
  await page.context().close();
});
