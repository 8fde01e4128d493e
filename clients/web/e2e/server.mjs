// A server of the real program, with data of its own that go with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

const open = new Map();

/** Nothing is left behind by a run that was broken off. */
process.once("exit", () => {
  for (const [child, data] of open) {
    child.kill("SIGKILL");
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/**
 * Starts `program`, as `serve` or `demo`, and waits until it answers. `token()` makes the first admin, `printed(what)` finds
 * something that it said, `warned()` is what it complained of so far, `end` stops it and takes its `data` away; `crash` ends it
 * as a failing machine would, and `again` starts it on what it left.
 */
export async function serve(program, command, env = {}) {
  const data = mkdtempSync(join(tmpdir(), "resonance-browser-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const environment = { ...process.env, RESONANCE__LOG__FILTER: "warn", ...env };
  let child;
  let [printed, warned] = ["", ""];
  const gone = async (signal) => {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    open.delete(child);
  };
  const server = {
    base: `http://${listen}`,
    data,
    async printed(what) {
      for (let tries = 0; tries < 100; tries++) {
        const [, found] = what.exec(printed) ?? [];
        if (found) return found;
        await sleep(100);
      }
      throw new Error(`${what} was not printed: ${printed}`);
    },
    token: () => server.printed(/token ([0-9a-f]+)/),
    warned: () => warned,
    async end() {
      await gone("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
    crash: () => gone("SIGKILL"),
    async again() {
      child = spawn(program, [command, "--data", data, "--listen", listen], {
        stdio: ["ignore", "pipe", "pipe"],
        env: environment,
      });
      open.set(child, data);
      child.stdout.on("data", (chunk) => {
        printed += chunk;
      });
      child.stderr.on("data", (chunk) => {
        warned += chunk;
      });
      for (let tries = 0; tries < 1200; tries++) {
        if (child.exitCode !== null) break;
        const answer = await fetch(`${server.base}/readyz`).catch(() => undefined);
        if (answer?.ok) return server;
        await sleep(100);
      }
      await server.end();
      throw new Error(`the server does not answer: ${warned}`);
    },
  };
  return await server.again();
}

/** The account that `demo` makes, an admin. */
export const operator = { login: "operator", email: "operator@example.com", password: "Harbour-light-4" };

/** A server with the demo's music, at rest. */
export async function demo(program) {
  const server = await serve(program, "demo", { RESONANCE__MODE: "demo" });
  const { login: username, ...who } = operator;
  const answer = await fetch(`${server.base}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: await server.token(), username, ...who }),
  });
  if (!answer.ok) throw new Error(`setup: ${answer.status} ${await answer.text()} ${server.warned()}`);
  await rested(server.base, (await answer.json()).accessToken);
  return server;
}

/** Waits, a minute at most, while the server works on the music that is new to it: it needs the cores for that. */
async function rested(base, accessToken) {
  const headers = { authorization: `Bearer ${accessToken}` };
  const end = Date.now() + 60_000;
  for (let calm = 0; calm < 3 && Date.now() < end; ) {
    const answer = await fetch(`${base}/api/v1/admin/jobs?state=running`, { headers });
    // A server that is too busy to answer does not rest.
    calm = answer.ok && (await answer.json()).items.length === 0 ? calm + 1 : 0;
    await sleep(200);
  }
}
