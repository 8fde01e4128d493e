// One Chromium for a file of tests, and what they all ask of a page: no error on its console, nothing refused by its policy,
// nothing that axe objects to.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const base = process.env.BASE ?? "http://127.0.0.1:4533";
export const admin = { login: process.env.ADMIN_LOGIN, password: process.env.ADMIN_PASSWORD };

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A browser that may sound without a click, as after a listener's first one. */
export function browser(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio", ...args],
  });
}

/** A visitor of its own, whose page collects what goes wrong in `page.wrong`. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.wrong = [];
  page.on("pageerror", (error) => page.wrong.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    // An answer of 4xx is the app's to handle and not a fault of the page.
    const expected = /Failed to load resource: the server responded with a status of 4\d\d/;
    if (message.type() === "error" && !expected.test(message.text())) page.wrong.push(message.text());
  });
  return page;
}

/** Logs in by the API, so that a test that is about something else is quick. */
export async function logIn(page, { login, password }) {
  const answer = await page.context().request.post(`${base}/api/v1/auth/login`, {
    headers: { "x-resonance-client": "web", origin: base },
    data: { login, password },
  });
  if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
}

let people = 0;

/** Makes an account and logs it in. */
export async function join(page, role = "listener") {
  const username = `u${process.pid}n${++people}`;
  const person = { login: username, password: "Harbour-light-4" };
  const answer = await page.context().request.post(`${base}/api/v1/auth/register`, {
    headers: { "x-resonance-client": "web", origin: base },
    data: { email: `${username}@example.com`, username, password: person.password, role },
  });
  if (!answer.ok()) throw new Error(`register: ${answer.status()} ${await answer.text()}`);
  return person;
}

/** What axe finds wrong, one line each. */
export async function objections(page) {
  // Run from outside the page's policy, which forbids added scripts.
  const found = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id} ${target.join(" ")}: ${failureSummary?.split("\n").at(1)?.trim()}`,
    ),
  );
}
