import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin, Rolldown } from "vite";

/** The screens that people come to from elsewhere, by the first part of their address. */
const SCREENS = { "": "index", r: "r.$release", t: "t.$track", a: "a.$artist", crate: "crate" };

/** Tells boot.js which files the first screen consists of, so that they come beside the app and not after it. */
export function early(): Plugin {
  return {
    name: "early",
    apply: "build",
    writeBundle({ dir = "dist" }, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const html = readFileSync(join(dir, "index.html"), "utf8");
      const entry = closure(
        bundle,
        [...html.matchAll(/src="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? ""),
      );
      const parts = Object.fromEntries(
        Object.entries(SCREENS).map(([place, route]) => {
          const screen = chunks.find(({ facadeModuleId }) =>
            facadeModuleId?.endsWith(`/routes/${route}.tsx?tsr-split=component`),
          );
          if (!screen) {
            throw new Error(`early: there is no screen ${route}`);
          }
          return [place, [...closure(bundle, [screen.fileName])].filter((name) => !entry.has(name))];
        }),
      );
      const file = join(dir, "boot.js");
      const text = readFileSync(file, "utf8");
      if (!text.includes("const parts = {};")) {
        throw new Error("early: boot.js has no place for the parts");
      }
      writeFileSync(file, text.replace("const parts = {};", `const parts = ${JSON.stringify(parts)};`));
    },
  };
}

/** Files with all that they import from the start. */
function closure(bundle: Rolldown.OutputBundle, names: readonly string[], found = new Set<string>()) {
  for (const name of names) {
    const chunk = bundle[name];
    if (chunk?.type === "chunk" && !found.has(name)) {
      found.add(name);
      closure(bundle, chunk.imports, found);
    }
  }
  return found;
}
