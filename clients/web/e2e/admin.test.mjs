// A server's first hour: its first admin, an import as it goes on, accounts. SETUP_BASE and SETUP_TOKEN name a server that
// waits for its first admin and may import MUSIC; without them one is started.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { after, before, test } from "node:test";
import { browser, objections, visitor } from "./browser.mjs";

let chrome;
let page;
let server;
const music = process.env.MUSIC ?? mkdtempSync(path(tmpdir(), "resonance-import-"));

before(async () => {
  for (let n = 1; n <= 12; n++) {
    const { status, stderr } = spawnSync("ffmpeg", [
      ...["-loglevel", "error", "-y", "-f", "lavfi", "-t", "3", "-i", `sine=frequency=${300 + n * 20}`],
      ...["-metadata", "album=Shelf", "-metadata", `title=Row ${n}`, "-metadata", "artist=Ben"],
      path(music, `${n}.mp3`),
    ]);
    assert.equal(status, 0, String(stderr));
  }
  server = process.env.SETUP_BASE
    ? { base: process.env.SETUP_BASE, token: process.env.SETUP_TOKEN, end: () => {} }
    : await serve();
  chrome = await browser();
  page = await visitor(chrome, { baseURL: server.base });
});

after(async () => {
  await chrome?.close();
  await server?.end();
  if (!process.env.MUSIC) rmSync(music, { recursive: true, force: true });
});

/** A new server that may import the music, with the token that it prints. */
async function serve() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const listen = `127.0.0.1:${probe.address().port}`;
  probe.close();
  const data = mkdtempSync(path(tmpdir(), "resonance-setup-"));
  const child = spawn(process.env.RESONANCE, ["serve", "--data", data, "--listen", listen], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RESONANCE__MODE: "test", RESONANCE__IMPORT__ROOTS: JSON.stringify([music]) },
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += chunk;
    if (/token ([0-9a-f]+)/.test(said) && said.includes("Resonance is at")) break;
  }
  return {
    base: `http://${listen}`,
    token: /token ([0-9a-f]+)/.exec(said)?.[1],
    end: async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function everywhere(name, address, then = async () => {}) {
  const pictures = process.env.ARTEFACTS;
  if (pictures) mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    for (const size of [
      { width: 390, height: 844 },
      { width: 1280, height: 800 },
    ]) {
      await page.setViewportSize(size);
      await page.goto(address);
      await page.locator("main h1").first().waitFor();
      await then();
      await page.waitForTimeout(500);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide at ${size.width}`);
      assert.deepEqual(await objections(page), [], `${name} ${colorScheme} ${size.width}`);
      if (pictures)
        await page.screenshot({ path: path(pictures, `${name}-${colorScheme}-${size.width}.png`) });
    }
  }
}

test("the first admin is made with the token, once", async () => {
  await everywhere("setup", `/setup?token=${"0".repeat(40)}`);
  await page.getByLabel("Username").fill("operator");
  await page.getByLabel("E-mail").fill("operator@example.com");
  await page.getByLabel("Password", { exact: true }).fill("password1");
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByText("This is not the token that the server prints").waitFor();
  await page.getByLabel("Setup token").fill(server.token);
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByText("among the first that anybody would try").waitFor();
  await page.getByLabel("Password", { exact: true }).fill("Harbour-light-4");
  await page.getByRole("button", { name: "Make the admin" }).click();
  await page.getByRole("heading", { name: "Welcome, operator" }).waitFor();
  assert.ok(!page.url().includes("token"));
  // What the button announced while it was busy stays in the live region for a while.
  await page
    .locator("[data-live-announcer] [role=img]")
    .first()
    .waitFor({ state: "detached", timeout: 15_000 });
  assert.deepEqual(await objections(page), []);
  const other = await visitor(chrome, { baseURL: server.base });
  await other.goto(`/setup?token=${server.token}`);
  await other.getByRole("heading", { name: "This server is set up already" }).waitFor();
  await other.context().close();
});

test("a folder is imported, and one sees how it goes", async () => {
  await page.getByRole("link", { name: "Import a folder" }).click();
  await page.getByLabel("Folder on the server").fill("/etc");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("not within import.roots").waitFor();
  await page.getByLabel("Folder on the server").fill(music);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("progressbar", { name: "Progress of the import" }).waitFor({ state: "attached" });
  await page.getByText("The import is done.").waitFor({ timeout: 60_000 });
  const run = page.getByRole("listitem").filter({ hasText: music }).first();
  await run.getByText("Done").waitFor();
  assert.match(await run.textContent(), /12\s*new/);
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

test("nothing is wrong with any screen of administration", async () => {
  for (const [name, address] of [
    ["overview", "/admin"],
    ["users", "/admin/users"],
    ["imports", "/admin/imports"],
    ["jobs", "/admin/jobs"],
  ]) {
    await everywhere(`admin-${name}`, address);
  }
  assert.deepEqual(page.wrong, []);
});
