// What the measurements share: the real server with the demo's music, and a browser.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { demo } from "../../clients/web/e2e/server.mjs";

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
  const server = await demo(program);
  try {
    await act(server.base);
  } finally {
    await server.end();
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
