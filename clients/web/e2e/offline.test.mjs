// Without a network: the app is there all the same, says so, and has kept nothing that is anybody's own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, join, until, visitor } from "./browser.mjs";

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
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();

  await page.context().setOffline(false);
  await page.getByText("You are offline").waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Slow Boats/ }).waitFor();
  await until("errors beside those of the missing network", () =>
    page.wrong.every((text) => /ERR_INTERNET_DISCONNECTED|ERR_FAILED|Failed to fetch/.test(text)),
  );
  await page.context().close();
});
