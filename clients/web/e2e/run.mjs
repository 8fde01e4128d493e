// Runs the browser tests against the real server with the demo's music: every *.test.mjs here, or those named.
// RESONANCE: the server's program; target/debug/resonance unless said. ARTEFACTS: where pictures go.
// SLOW=6: pages that compute so many times slower than this machine, as on a weak phone.
// Within a test: BASE, ADMIN_LOGIN, ADMIN_PASSWORD, RESONANCE, ARTEFACTS, CHROMIUM.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { demo, operator } from "./server.mjs";

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

/** Runs the tests of this file: whether they pass, and what they print. */
async function run(file, server) {
  const tests = spawn(process.execPath, ["--test-reporter=spec", join(here, file)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      BASE: server.base,
      RESONANCE: program,
      CHROMIUM: chromium,
      ARTEFACTS: artefacts,
      ADMIN_LOGIN: operator.login,
      ADMIN_PASSWORD: operator.password,
    },
  });
  running.add(tests);
  let printed = "";
  for (const stream of [tests.stdout, tests.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
  }
  const [status] = await once(tests, "close");
  running.delete(tests);
  if (status !== 0) printed += `-- what its server complained of:\n${server.warned() || "nothing\n"}`;
  return { passed: status === 0, printed };
}

mkdirSync(artefacts, { recursive: true });
const named = process.argv.slice(2);
// The longest first, so that the last one to end began early.
const LONGEST = [
  "screens.test.mjs",
  "paying.test.mjs",
  "player.test.mjs",
  "studio.test.mjs",
  "admin.test.mjs",
  "together.test.mjs",
];
const place = (name) => (LONGEST.indexOf(name) + LONGEST.length + 1) % (LONGEST.length + 1);
const found = readdirSync(here).filter((name) => name.endsWith(".test.mjs"));
const files = named.length > 0 ? named : found.sort((a, b) => place(a) - place(b));
const failed = [];
const flaky = [];
const running = new Set();
process.once("exit", () => {
  for (const tests of running) tests.kill("SIGTERM");
});

/** Takes one file after the other, with a server of its own: what one tests is no other's business. */
async function work() {
  let server = await demo(program);
  try {
    for (let file = files.shift(); file; file = files.shift()) {
      const began = Date.now();
      let { passed, printed } = await run(file, server);
      // A CI machine is busy with others' work: what fails once is run again, on a server that knows nothing of it, and
      // named, which is a defect to mend and not to live with.
      if (!passed && process.env.CI) {
        await server.end();
        server = await demo(program);
        const again = await run(file, server);
        passed = again.passed;
        printed += again.printed;
        if (passed) flaky.push(file);
      }
      if (!passed) failed.push(file);
      const seconds = Math.round((Date.now() - began) / 1000);
      process.stdout.write(`${printed}== ${file}: ${passed ? "passed" : "FAILED"}, ${seconds} s\n`);
    }
  } finally {
    await server.end();
  }
}

// Two at a time: a page waits for its sound and its server more than it computes.
const workers = Math.min(2, files.length, availableParallelism());
await Promise.all(Array.from({ length: workers }, work));
for (const file of flaky) console.log(`FLAKY: ${file} passed only when it was run again`);
for (const file of failed) console.log(`FAILED: ${file}; what its pages looked like is in ${artefacts}`);
process.exit(failed.length > 0 ? 1 : 0);
