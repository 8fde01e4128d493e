// A home server without HTTPS under a name of its own: a browser trusts such an address with less, and the app works.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { base, browser, fine, LOOKS, look, until, visitor } from "./browser.mjs";

const home = new URL(base);
home.hostname = "music.home.test";

let chrome;
before(async () => {
  chrome = await browser("--host-resolver-rules=MAP music.home.test 127.0.0.1");
});
after(() => chrome?.close());

test("one joins, stays logged in and hears music over plain HTTP", async () => {
  const page = await visitor(chrome, { baseURL: home.origin });
  const name = `home${process.pid}`;
  await page.goto("/join");
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await page.getByText("This connection is not encrypted").waitFor();
  await page.getByLabel("E-mail").fill(`${name}@example.com`);
  await page.getByLabel("Username").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("Quietly7Humming");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("link", { name, exact: true }).waitFor();
  assert.deepEqual(await page.evaluate(() => document.cookie), "", "a script can read the log-in");

  await page.reload();
  await page.getByRole("link", { name, exact: true }).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("link", { name: "Log in" }).first().waitFor();
  await page.goto("/login?next=%2Fcrate%3Ftab%3Dtracks");
  await page.getByLabel("E-mail or username").fill(name);
  await page.getByLabel("Password", { exact: true }).fill("Quietly7Humming");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/crate?tab=tracks");

  // The access cookie goes after a quarter of an hour. Who is still logged in sees what members see, and no visitor's page.
  const secrets = async () => (await page.context().cookies()).map(({ name }) => name).sort();
  const both = await secrets();
  // A socket that comes too early is refused, too, and comes again.
  page.expected = /HTTP Authentication failed/;
  await page.context().clearCookies({ name: /access$/ });
  await page.getByRole("link", { name: "Listen", exact: true }).click();
  await page.getByRole("heading", { name: "New on this server" }).waitFor();
  // What is new are releases first.
  const parts = await page.getByRole("main").getByRole("heading", { level: 2 }).allInnerTexts();
  assert.deepEqual(parts.slice(-2), ["New releases", "New on this server"]);
  assert.deepEqual(await secrets(), both);
  await page.goBack();

  await page.getByRole("row", { name: /Tidewater/ }).click();
  const slider = page.getByRole("slider", { name: "Place in the track" });
  await until("no sound", async () => Number(await slider.getAttribute("aria-valuenow")) >= 2);
  await page.getByRole("button", { name: "Pause", exact: true }).first().click();
  const [phone] = LOOKS;
  await look(page, "/settings", phone);
  await fine(page, "home-settings", phone);
  // Everybody gets the file as it is, and is told so.
  await page.getByText("This server has each track in one quality").waitFor();
  await page.context().close();
});
