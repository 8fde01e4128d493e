// Measures the web app: node bench/web/run.mjs [lighthouse|lcp|scroll|gap …]; without a name all of them. Ends with a table.
// RESONANCE: the server's program; target/release/resonance, or the debug one, unless said. Needs Chromium and ffmpeg.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const named = process.argv.slice(2);
const rows = ["| what | measured | beside | ratio | wanted |"];
let failed = false;
for (const name of named.length > 0 ? named : ["lighthouse", "lcp", "scroll", "gap"]) {
  const child = spawn(process.execPath, [new URL(`${name}.mjs`, import.meta.url).pathname], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.once("exit", () => child.kill("SIGTERM"));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("|")) rows.push(line);
    else console.log(line);
  }
  const status = child.exitCode ?? (await once(child, "exit"))[0];
  if (status !== 0) {
    failed = true;
    console.log(`${name}: FAILED`);
  }
}
// Under bench/run, that makes the table.
console.log(rows.slice(process.env.BENCH_RUN ? 1 : 0).join("\n"));
process.exit(failed ? 1 : 0);
