// One Chromium for a file of tests, and what they all ask of a page: no error on its console, nothing refused by its policy,
// nothing that axe objects to, nothing wider than its window.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join as path } from "node:path";
import { afterEach } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

export const base = process.env.BASE ?? "http://127.0.0.1:4533";
export const admin = { login: process.env.ADMIN_LOGIN, password: process.env.ADMIN_PASSWORD };

/** How each screen is looked at. */
export const LOOKS = ["dark", "light"].flatMap((colorScheme) =>
  [
    { width: 390, height: 844 },
    { width: 1280, height: 800 },
  ].map((viewport) => ({ colorScheme, viewport })),
);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.ARTEFACTS ?? ".";
const open = new Set();

// With the process goes its browser.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/** What the pages looked like when a test failed, and what they were doing. */
afterEach(async (test) => {
  if (test.passed) return;
  const name = test.fullName.replace(/[^a-z0-9]+/gi, "-").slice(0, 80);
  for (const [at, page] of [...open].entries()) {
    const asks = [...page.asking].map((request) => `${request.method()} ${request.url()}`);
    console.error(
      `page ${at}: ${[page.url(), ...asks.map((each) => `asks ${each}`), ...page.wrong].join("\n  ")}`,
    );
    await page
      .screenshot({ path: path(pictures, `failed-${name}-${at}.png`), timeout: 5000 })
      .catch(() => {});
  }
});

/** A browser that may sound without a click, as after a listener's first one. */
export function browser(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio", ...args],
  });
}

/** A visitor of its own, without what a service worker would fetch ahead for each, whose page collects what goes wrong in `page.wrong`. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({
    baseURL: base,
    locale: "en",
    serviceWorkers: "block",
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  return watched(await context.newPage());
}

/** The page, which from now on collects what goes wrong; `page.expected`: what the test does to it, and is no fault of the page. */
export function watched(page) {
  // A machine that does other work is slow: who gives up early tells of the machine, not of the app.
  page.setDefaultTimeout(30_000);
  page.setDefaultNavigationTimeout(60_000);
  open.add(page);
  const asking = new Set();
  page.asking = asking;
  page.on("request", (request) => asking.add(request));
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => asking.delete(request));
  page.on("close", () => open.delete(page));
  if (process.env.SLOW) slowed(page).catch(() => {});
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    // An answer of 4xx is the app's to handle and not a fault of the page.
    const answered = /Failed to load resource: the server responded with a status of 4\d\d/;
    const isExpected = answered.test(message.text()) || page.expected?.test(message.text());
    if (message.type() === "error" && !isExpected) page.wrong.push(message.text());
  });
  return page;
}

async function slowed(page) {
  const system = await page.context().newCDPSession(page);
  await system.send("Emulation.setCPUThrottlingRate", { rate: Number(process.env.SLOW) });
}

/** Asks until the answer is true; `what` says what was waited for in vain. */
export async function until(what, ask, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await ask()) return;
    assert.ok(Date.now() < end, what);
    await sleep(50);
  }
}

/** Whether something comes to be seen within a few seconds; it may be there only when the page is loaded anew. */
export async function comes(locator) {
  return await locator.waitFor({ timeout: 5_000 }).then(
    () => true,
    () => false,
  );
}

/** Logs in by the API, so that a test that is about something else is quick. */
export async function logIn(page, { login, password }, at = base) {
  const answer = await page.context().request.post(`${at}/api/v1/auth/login`, {
    headers: { "x-resonance-client": "web", origin: at },
    data: { login, password },
  });
  if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
}

let people = 0;

/** Makes an account and logs it in. */
export async function join(page, at = base) {
  const username = `u${process.pid}n${++people}`;
  const person = { login: username, password: "Harbour-light-4" };
  const answer = await page.context().request.post(`${at}/api/v1/auth/register`, {
    headers: { "x-resonance-client": "web", origin: at },
    data: { email: `${username}@example.com`, username, password: person.password },
  });
  if (!answer.ok()) throw new Error(`register: ${answer.status()} ${await answer.text()}`);
  return person;
}

/** What axe finds wrong, one line each. */
export async function objections(page) {
  // Run from outside the page's policy, which forbids added scripts. A colour on its way to another is none yet. What a
  // button told a screen reader while it was busy stays in the region for that a few seconds: words, and no part of a screen.
  const found = await page.evaluate(`${axe};
    Promise.all(document.getAnimations().map((it) => it.effect?.getTiming().iterations === Infinity || it.finished.catch(() => {})))
      .then(() => axe.run({ exclude: [["[data-live-announcer]"]] }, { resultTypes: ["violations"] }))`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id} ${target.join(" ")}: ${failureSummary?.split("\n").at(1)?.trim()}`,
    ),
  );
}

/** Goes to a screen in one of the looks and waits until all of it is there. */
export async function look(page, address, { colorScheme, viewport }) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  // What the screen before still asked for is nobody's any more.
  page.asking.clear();
  await page.goto(address);
  await page.locator("main h1, main h2").first().waitFor({ state: "attached" });
  await still(page);
}

/** Waits until a page has all that it asked for, and has asked for nothing more since. */
export async function still(page) {
  for (let calm = 0; calm < 3; ) {
    await until(`${page.url()} does not come to rest`, () => page.asking.size === 0);
    // An answer is shown, and may lead to the next question.
    await page.evaluate(() => new Promise((shown) => setTimeout(() => requestAnimationFrame(shown), 30)));
    calm = page.asking.size === 0 ? calm + 1 : 0;
  }
}

/** Nothing is wrong with what the page shows; a picture of it is left for who wants to look. */
export async function fine(page, name, { colorScheme, viewport: { width } }) {
  const which = `${name}-${width}-${colorScheme}`;
  await page.screenshot({ path: path(pictures, `${which}.png`) });
  assert.deepEqual(await objections(page), [], `${which}: axe`);
  assert.deepEqual(page.wrong, [], `${which}: the console`);
  const [over, title, words] = await page.evaluate(() => {
    const over = ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth;
    const widest = Math.max(...[document.documentElement, document.getElementById("content")].map(over));
    return [widest, document.title, document.body.innerText];
  });
  assert.ok(over <= 0, `${which}: ${over} px wider than the window`);
  assert.notEqual(title, "");
  // A text that was not fetched shows as its name.
  assert.doesNotMatch(
    words,
    /\b(account|admin|studio|player|listen|search|crate|error|nav|wallet)\.[a-z_]+\b/,
  );
}
