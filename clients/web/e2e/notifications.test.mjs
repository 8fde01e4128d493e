// What is new for an account, as it happens, and what it likes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, browser, fine, join, LOOKS, look, still, visitor, watched } from "./browser.mjs";

const headers = { origin: base };
const name = "The Extraordinarily Long-Winded Orchestra of the Lower Harbour and Adjacent Waterways";

let chrome;
let page;
let other;
let artist;

before(async () => {
  chrome = await browser();
  page = await visitor(chrome);
  other = await visitor(chrome);
  await join(page);
  await join(other);
  const made = await page.request.post(`${base}/api/v1/artists`, { headers, data: { displayName: name } });
  assert.equal(made.status(), 201, await made.text());
  artist = await made.json();
});

after(() => chrome?.close());

const follow = async (on) => {
  const address = `${base}/api/v1/artists/${artist.id}/follow`;
  const answer = await other.request[on ? "put" : "delete"](address, { headers });
  assert.ok(answer.ok(), await answer.text());
};

test("who has no news is told so", async () => {
  await page.goto("/notifications");
  await page.getByRole("heading", { name: "All caught up" }).waitFor();
  for (const each of LOOKS) {
    await look(page, "/notifications", each);
    await fine(page, "notifications-none", each);
  }
});

test("a new follower is told at once, on whatever screen one is", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/crate");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await follow(true);
  const link = page.getByRole("link", { name: /^Notifications 1 not read/ });
  await link.waitFor();
  await link.click();
  const row = page.getByRole("link", { name: /follows The Extraordinarily/ });
  await row.waitFor();
  for (const each of LOOKS) {
    await look(page, "/notifications", each);
    await row.waitFor();
    await fine(page, "notifications", each);
  }
});

test("what is opened is read, here and in another window", async () => {
  const second = watched(await page.context().newPage());
  // It is opened while it is being asked how many there are, and what the server said before comes after that.
  const read = second.waitForResponse("**/api/v1/notifications/read");
  let asked = () => {};
  const late = new Promise((resolve) => {
    asked = resolve;
  });
  await second.route("**/api/v1/notifications?limit=1", async (route) => {
    const response = await route.fetch();
    asked();
    await read;
    await route.fulfill({ response }).catch(() => {});
  });
  await second.goto("/notifications");
  const row = second.getByRole("link", { name: /follows The Extraordinarily/ });
  await row.waitFor();
  await late;
  await row.click();
  await second.waitForURL(`**/a/${artist.id}`);
  await read;
  await still(second);
  await second.getByRole("link", { name: "Notifications", exact: true }).waitFor();
  assert.deepEqual(second.wrong, []);
  await second.close();
  await page.reload();
  await page.getByRole("link", { name: /follows The Extraordinarily/ }).waitFor();
  await page.getByRole("link", { name: "Notifications", exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Mark all as read" }).count(), 0);
});

test("visitors are asked to log in, and a list that fails says so", async () => {
  const nobody = await visitor(chrome);
  await nobody.goto("/notifications");
  await nobody.getByRole("heading", { name: "Log in to see what is new for you" }).waitFor();
  await nobody.context().close();
  for (const path of ["**/api/v1/notifications?*", "**/healthz"])
    await page.route(path, (route) => route.abort());
  await page.reload();
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  await page.unroute("**/api/v1/notifications?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("link", { name: /follows The Extraordinarily/ }).waitFor();
  await page.unroute("**/healthz");
  page.wrong.length = 0;
});

test("what one likes is in the crate", async () => {
  await other.goto("/crate?tab=likes");
  await other.getByRole("heading", { name: "You like nothing yet" }).waitFor();
  await other.getByRole("tab", { name: "Tracks" }).click();
  await other
    .getByRole("row", { name: /Tidewater/ })
    .first()
    .waitFor();
  await other.getByRole("button", { name: "Like Tidewater" }).first().click();
  await other.getByRole("button", { name: "Take back the like of Tidewater" }).first().waitFor();
  await other.getByRole("tab", { name: "Liked" }).click();
  await other.getByRole("row", { name: /Tidewater/ }).waitFor();
  for (const each of LOOKS) {
    await look(other, "/crate?tab=likes", each);
    await fine(other, "crate-likes", each);
  }
});
