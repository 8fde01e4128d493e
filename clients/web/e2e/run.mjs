// Runs the browser tests against the real server with the demo's music: every *.test.mjs here, or those named.
// RESONANCE: the server's program; target/debug/resonance unless said. ARTEFACTS: where pictures go.
// Within a test: BASE, ADMIN_LOGIN, ADMIN_PASSWORD, RESONANCE, DATA, ARTEFACTS, CHROMIUM.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const here = new URL(".", import.meta.url).pathname;
const root = resolve(here, "../../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const program = process.env.RESONANCE ?? join(target, "debug/resonance");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  existsSync,
);
const artefacts = resolve(process.env.ARTEFACTS ?? join(root, "artefacts"));

for (const [what, found] of [
  [program, existsSync(program)],
  ["Chromium", chromium],
]) {
  if (!found) {
    console.error(`browser tests: ${what} is missing`);
    process.exit(1);
  }
}

const admin = { login: "operator", email: "operator@example.com", password: "Harbour-light-4" };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function ready(base, child) {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await fetch(`${base}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error("the server is not ready after a minute");
}

const data = mkdtempSync(join(tmpdir(), "resonance-browser-"));
mkdirSync(artefacts, { recursive: true });
const listen = `127.0.0.1:${await freePort()}`;
const base = `http://${listen}`;
const server = spawn(program, ["demo", "--data", data, "--listen", listen], {
  stdio: ["ignore", "ignore", "inherit"],
  env: { ...process.env, RESONANCE__LOG__FILTER: "warn" },
});

let status = 1;
try {
  await ready(base, server);
  const made = spawnSync(
    program,
    [
      "user",
      "create",
      "--email",
      admin.email,
      "--username",
      admin.login,
      "--role",
      "admin",
      "--password-stdin",
      "--data",
      data,
    ],
    { input: admin.password, env: { ...process.env, RESONANCE__MODE: "demo" }, encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const named = process.argv.slice(2);
  const files = named.length > 0 ? named : readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
  const tests = spawn(
    process.execPath,
    ["--test", "--test-concurrency=1", ...files.map((name) => join(here, name))],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        BASE: base,
        DATA: data,
        RESONANCE: program,
        CHROMIUM: chromium,
        ARTEFACTS: artefacts,
        ADMIN_LOGIN: admin.login,
        ADMIN_PASSWORD: admin.password,
      },
    },
  );
  [status] = await once(tests, "exit");
} finally {
  server.kill("SIGTERM");
  if (server.exitCode === null) await once(server, "exit");
  rmSync(data, { recursive: true, force: true });
}
process.exit(status ?? 1);
