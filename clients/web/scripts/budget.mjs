// Fails when a visitor would have to load more than agreed: sizes after Brotli, in bytes of 1,000 to the kB.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dist = new URL("../dist/", import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const size = (file) => statSync(join(dist, `${file}.br`)).size;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** A chunk with all that it imports from the start. */
function closure(key, found = new Set()) {
  const chunk = manifest[key];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const each of chunk.imports ?? []) closure(each, found);
  return found;
}

// What index.html asks for.
const html = readFileSync(join(dist, "index.html"), "utf8");
const asked = new Set(
  [...html.matchAll(/<script type="module"[^>]* src="\/([^"]+)"/g)].map(([, file]) => file),
);
const entries = Object.keys(manifest).filter((key) => asked.has(manifest[key].file));
if (entries.length === 0) throw new Error("index.html asks for no script");
const entry = new Set(entries.flatMap((key) => [...closure(key)]));
const total = (files) => [...files].reduce((sum, file) => sum + size(file), 0);

const rows = [["entry", total(entry), 150_000]];
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || !chunk.file.endsWith(".js")) continue;
  const own = [...closure(key)].filter((file) => !entry.has(file));
  // A route is waited for; what it fetches on use, as a list to be put in order by keys, may be larger.
  rows.push([key, total(own), key.startsWith("src/routes/") ? 40_000 : 85_000]);
}
const fonts = readdirSync(join(dist, "assets")).filter((name) => name.endsWith(".woff2"));
const latin = fonts.filter((name) => /-latin-(wght|full|standard)/.test(name));
rows.push(["fonts", latin.reduce((sum, name) => sum + statSync(join(dist, "assets", name)).size, 0), 70_000]);

let over = false;
for (const [name, bytes, limit] of rows.sort((a, b) => b[1] / b[2] - a[1] / a[2])) {
  if (bytes > limit) over = true;
  if (bytes > limit || bytes > limit / 4)
    console.log(`${bytes > limit ? "OVER " : ""}${name}: ${kB(bytes)} of ${kB(limit)}`);
}
process.exit(over ? 1 : 0);
