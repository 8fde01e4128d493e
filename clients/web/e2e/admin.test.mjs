// A server's first hour: its first admin, an import as it goes on, accounts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { admin, browser, fine, LOOKS, logIn, look, objections, still, visitor } from "./browser.mjs";
import { serve } from "./server.mjs";
import { ffmpeg } from "./sound.mjs";

const music = mkdtempSync(path(tmpdir(), "resonance-import-"));
let chrome;
let page;
let server;

before(async () => {
  for (let n = 1; n <= 12; n++) {
    const written = ["-metadata", "album=Shelf", "-metadata", `title=Row ${n}`, "-metadata", "artist=Ben"];
    const tone = ["-f", "lavfi", "-t", "3", "-i", `sine=frequency=${300 + n * 20}`];
    await ffmpeg(...tone, ...written, path(music, `${n}.mp3`));
  }
  server = await serve(process.env.RESONANCE, "serve", {
    RESONANCE__MODE: "test",
    RESONANCE__IMPORT__ROOTS: JSON.stringify([music]),
  });
  chrome = await browser();
  page = await visitor(chrome, { baseURL: server.base });
});

after(async () => {
  await chrome?.close();
  await server?.end();
  process.stderr.write(server?.warned() ?? "");
  rmSync(music, { recursive: true, force: true });
});

async function everywhere(name, address) {
  for (const each of LOOKS) {
    await look(page, address, each);
    await fine(page, name, each);
  }
}

test("a server that waits for its admin says so on its first screen", async () => {
  const other = await visitor(chrome, { baseURL: server.base });
  await other.goto("/");
  await other.getByRole("heading", { name: "Set up this server" }).waitFor();
  assert.deepEqual(await objections(other), []);
  await other.getByRole("link", { name: "Make its admin" }).click();
  await other.getByLabel("Setup token").waitFor();
  // Nor is a search of nothing an empty screen.
  await other.goto("/search");
  await other.getByRole("heading", { name: "Log in to hear what is here" }).waitFor();
  await other.context().close();
});

test("the first admin is made with the token, once", async () => {
  const token = await server.token();
  await everywhere("setup", `/setup?token=${"0".repeat(40)}`);
  await page.getByLabel("Username").fill("operator");
  await page.getByLabel("E-mail").fill("operator@example.com");
  await page.getByLabel("Password", { exact: true }).fill("password1");
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByText("This is not the token that the server prints").waitFor();
  await page.getByLabel("Setup token").fill(token);
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByText("among the first that anybody would try").waitFor();
  await page.getByLabel("Password", { exact: true }).fill("Harbour-light-4");
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByRole("heading", { name: "Welcome, operator" }).waitFor();
  assert.ok(!page.url().includes("token"));
  assert.deepEqual(await objections(page), []);
  const other = await visitor(chrome, { baseURL: server.base });
  await other.goto(`/setup?token=${token}`);
  await other.getByRole("heading", { name: "This server is set up already" }).waitFor();
  await other.context().close();
});

test("a folder is imported, and one sees how it goes", async () => {
  await page.getByRole("link", { name: "Import a folder" }).click();
  await page.getByLabel("Folder on the server").fill("/etc");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("not within import.roots").waitFor();
  await page.getByLabel("Folder on the server").fill(music);
  // How it stands at first is answered when it is over: what was told meanwhile is newer.
  let over = () => {};
  const end = new Promise((resolve) => {
    over = resolve;
  });
  await page.route("**/api/v1/jobs/*", async (route) => {
    const response = await route.fetch();
    await end;
    await route.fulfill({ response }).catch(() => {});
  });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("progressbar", { name: "Progress of the import" }).waitFor({ state: "attached" });
  await page.getByText("The import is done.").waitFor({ timeout: 60_000 });
  over();
  await still(page);
  await page.getByText("The import is done.").waitFor();
  const run = page.getByRole("listitem").filter({ hasText: music }).first();
  await run.getByText("Done").waitFor();
  assert.match(await run.textContent(), /12\s*new/);
});

test("what an import left alone is listed with its reason, and how much more there is", async () => {
  const path = `/srv/music/\u202e\u05e9\u05d9\u05e8/${"a-very-long-name-".repeat(12)}/\u05ea\u05d5 1.mp3`;
  const troubles = [
    { path, reason: "It is no sound that can be read." },
    { path: "/srv/music/link", reason: "Links are not followed." },
  ];
  let all = { broken: 1, skipped: 1, troubles };
  // The list has the counts, and the job itself the rest.
  await page.route("**/api/v1/admin/jobs?*", async (route) => {
    const response = await route.fetch();
    const { items, ...rest } = await response.json();
    const { broken, skipped } = all;
    for (const job of items) if (job.kind === "import") Object.assign(job.result ?? {}, { broken, skipped });
    await route.fulfill({ response, json: { items, ...rest } });
  });
  await page.route("**/api/v1/jobs/*", async (route) => {
    const response = await route.fetch();
    const job = await response.json();
    await route.fulfill({ response, json: { ...job, result: { ...job.result, ...all } } });
  });
  const open = async (name) => {
    await page.goto("/admin/jobs");
    await page.getByRole("tab", { name: "Done" }).click();
    await page.getByText(name).first().click();
  };
  await open("2 files and folders were left alone");
  await page.getByText("Links are not followed.").first().waitFor();
  assert.equal(await page.getByText(/^and .* more$/).count(), 0);
  all = { broken: 1234, skipped: 1, troubles };
  await open("1,235 files and folders were left alone");
  await page.getByText("and 1,233 more").first().waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "admin-troubles", each);
  }
  // An import that took everything has nothing to list.
  all = { broken: 0, skipped: 0, troubles: [] };
  await page.goto("/admin/jobs");
  await page.getByRole("tab", { name: "Done" }).click();
  await page.getByText("import", { exact: true }).first().waitFor();
  assert.equal(await page.getByText("left alone").count(), 0);
  await page.unroute("**/api/v1/admin/jobs?*");
  await page.unroute("**/api/v1/jobs/*");
});

test("a visitor of a library for members is told to log in, not that there is nothing", async () => {
  const other = await visitor(chrome, { baseURL: server.base });
  for (const address of ["/", "/crate?tab=tracks"]) {
    await other.goto(address);
    await other.getByText("Log in to hear what is here").waitFor();
    await other.getByRole("main").getByRole("link", { name: "Log in" }).waitFor();
    assert.deepEqual(await objections(other), []);
  }
  await other.context().close();
});

test("where no folder may be imported from here, the command to type is shown", async () => {
  // The server of this test run has no import.roots.
  const other = await visitor(chrome);
  await logIn(other, admin);
  const instance = "**/api/v1/instance";
  await other.route(instance, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), mode: "production" } });
  });
  await other.goto("/admin/imports");
  await other.getByText("resonance import /srv/music").waitFor();
  await other.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await other.getByRole("button", { name: "Copy the command" }).click();
  await other.getByText("The command is copied").waitFor();
  assert.equal(await other.evaluate(() => navigator.clipboard.readText()), "resonance import /srv/music");
  assert.equal(await other.getByLabel("Folder on the server").count(), 0);
  for (const each of LOOKS) {
    await look(other, "/admin/imports", each);
    await fine(other, "admin-imports-command", each);
  }
  await other.context().close();
});

test("a demo shows no command that it refuses, but how to start a server of one's own", async () => {
  const other = await visitor(chrome);
  await logIn(other, admin);
  await other.goto("/admin/imports");
  await other.getByText("The demo takes no imports").waitFor();
  await other.getByText("resonance serve", { exact: true }).waitFor();
  for (const each of LOOKS) {
    await look(other, "/admin/imports", each);
    await fine(other, "admin-imports-demo", each);
  }
  await other.context().close();
});

test("accounts are found, suspended and restored, and the last admin stays one", async () => {
  const other = await visitor(chrome, { baseURL: server.base });
  const answer = await other.request.post(`${server.base}/api/v1/auth/register`, {
    headers: { "x-resonance-client": "web", origin: server.base },
    data: { email: "mia@example.com", username: "mia", password: "Harbour-light-4" },
  });
  assert.equal(answer.status(), 201);
  await other.goto("/admin");
  await other.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await other.context().close();
  await page.goto("/admin/users");
  await page.getByRole("searchbox").fill("mia");
  await page.getByLabel("Role of operator").waitFor({ state: "detached" });
  await page.getByLabel("Role of mia").selectOption("moderator");
  await page.getByRole("button", { name: "Suspend mia" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Suspend" }).click();
  await page.getByText("suspended since").waitFor();
  await page.getByRole("button", { name: "Restore mia" }).click();
  await page.getByText("suspended since").waitFor({ state: "detached" });
  await page.getByRole("searchbox").fill("");
  await page.getByLabel("Role of operator").selectOption("listener");
  await page.getByText("This is the last admin").waitFor();
  await page.getByLabel("Role of mia").waitFor();
  assert.equal(await page.getByLabel("Role of operator").inputValue(), "admin");
});

test("what was imported is given to somebody, who edits, prices and publishes it", async () => {
  const ask = async (path) => (await page.request.get(`${server.base}/api/v1/${path}`)).json();
  const { items: artists } = await ask("artists?q=Ben");
  const [{ id }] = artists;
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto("/admin/imports");
  await page.getByText("until you say on its artist's page who manages it").waitFor();
  await page.goto(`/a/${id}`);
  const button = page.getByRole("button", { name: "Who manages this page" });
  await button.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Who manages Ben" });
  // To an account that is found by a part of its name.
  await dialog.getByRole("combobox", { name: "Give it to an account" }).click();
  await page.keyboard.type("mi");
  await page.getByRole("option", { name: "mia" }).click();
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.getByLabel("Role of mia").waitFor();
  for (const each of LOOKS) {
    await page.emulateMedia({ colorScheme: each.colorScheme });
    await page.setViewportSize(each.viewport);
    await fine(page, "artist-managers", each);
  }
  await dialog.getByRole("button", { name: "Manage it myself" }).click();
  await dialog.getByText("(you)").waitFor();
  assert.equal(await dialog.getByLabel("Role of mia").inputValue(), "owner");
  await dialog.getByRole("link", { name: "To the studio" }).click();
  // The studio is for the page from now on, and has what was imported.
  await page.getByRole("link", { name: /Shelf Album/ }).click();
  await page
    .getByLabel(/^Title of track/)
    .nth(11)
    .waitFor();
  await page.getByText("Everybody who has an account here sees it.").first().waitFor();
  await page.getByLabel("Title", { exact: true }).fill("Top Shelf");
  await page.getByLabel("Price per second for all tracks").fill("0.25");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByText("The price of 12 tracks is set.").first().waitFor();
  await page.getByText("Everything is saved").waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "See it as listeners do" }).waitFor();
  const { items } = await ask(`artists/${id}/albums`);
  const tracks = await ask(`albums/${items[0].id}/tracks?limit=50`);
  assert.equal(items[0].title, "Top Shelf");
  const all = tracks.items.map(({ visibility, pricePerSecond }) => `${visibility} ${pricePerSecond?.amount}`);
  assert.deepEqual(all, Array(12).fill("public 250000"));
  // From what listeners see there is a way back.
  await page.getByRole("link", { name: "See it as listeners do" }).click();
  await page.getByRole("link", { name: "Edit in the studio" }).click();
  await page
    .getByLabel(/^Title of track/)
    .nth(11)
    .waitFor();
  await page.goto(`/a/${id}`);
  await page.getByRole("link", { name: "Edit in the studio" }).click();
  await page.getByLabel("Artist name").waitFor();
  // Who is no admin is offered neither.
  const other = await visitor(chrome, { baseURL: server.base });
  await other.goto(`/a/${id}`);
  await other.getByRole("button", { name: "Share" }).waitFor();
  assert.equal(await other.getByText("Who manages this page").count(), 0);
  assert.equal(await other.getByText("Edit in the studio").count(), 0);
  await other.context().close();
});

test("nothing is wrong with any screen of administration", async () => {
  for (const [name, address] of [
    ["overview", "/admin"],
    ["users", "/admin/users"],
    ["imports", "/admin/imports"],
    ["jobs", "/admin/jobs"],
  ]) {
    await everywhere(`admin-${name}`, address);
  }
});
