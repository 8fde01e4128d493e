// What the measurements share: the real server with the demo's music, and a browser.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { serve } from "../../clients/web/e2e/server.mjs";

// With the process go its server and its browser.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

export const root = resolve(new URL("../..", import.meta.url).pathname);
const { chromium } = createRequire(join(root, "clients/web/package.json"))("playwright-core");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");

/** The server's program: a release, if there is one. */
export const program =
  process.env.RESONANCE ??
  [join(target, "release/resonance"), join(target, "debug/resonance")].find(existsSync) ??
  "resonance";

export function launch(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio", ...args],
  });
}

/** Does something with the demo, which is at rest by then, and takes it away. */
export async function withDemo(act) {
  const server = await serve(program, "demo", { RESONANCE__MODE: "demo" });
  try {
    const account = { login: "operator", password: "Harbour-light-4" };
    server.run(
      [
        "user",
        "create",
        "--email",
        "operator@example.com",
        "--username",
        account.login,
        "--role",
        "admin",
        "--password-stdin",
      ],
      account.password,
    );
    await rested(server.base, account);
    await act(server.base);
  } finally {
    await server.end();
  }
}

/** Waits until the server has looked at the music that is new to it: it needs the cores for that. */
async function rested(base, account) {
  const answer = await fetch(`${base}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  const { accessToken } = await answer.json();
  const headers = { authorization: `Bearer ${accessToken}` };
  const end = Date.now() + 60_000;
  for (let calm = 0; calm < 5 && Date.now() < end; ) {
    const { items } = await (await fetch(`${base}/api/v1/admin/jobs?state=running`, { headers })).json();
    calm = items.length === 0 ? calm + 1 : 0;
    await new Promise((done) => setTimeout(done, 200));
  }
}

export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * A row of the table that the run ends with. Fails the run over twice the figure, or under half of what is to be
 * reached: a machine with other work is no reason to be red.
 */
export function row(what, measured, wanted, unit = "", { least = false, exact = false } = {}) {
  const shown = `${Number.isInteger(measured) ? measured : measured.toFixed(measured < 10 ? 2 : 0)}${unit}`;
  const sign = exact ? "" : least ? "at least " : "at most ";
  console.log(`| ${what} | ${shown} |  |  | ${sign}${wanted}${unit} |`);
  const isOver = exact ? measured !== wanted : least ? measured < wanted / 2 : measured > wanted * 2;
  if (isOver) {
    console.log(`over twice the figure: ${what}`);
    process.exitCode = 1;
  }
}
