// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const folder = new URL("../src/i18n/", import.meta.url);
const names = (language: string) =>
  readdirSync(new URL(language, folder)).filter((name) => name.endsWith(".json"));

/** The keys of all texts; the forms of a plural count as one. */
function keys(language: string, name: string): string[] {
  const found = new Set<string>();
  const walk = (texts: object, path: string) => {
    for (const [key, value] of Object.entries(texts)) {
      const here = `${path}.${key.replace(/_(zero|one|two|few|many|other)$/, "")}`;
      if (typeof value === "string") {
        found.add(here);
      } else {
        walk(value, here);
      }
    }
  };
  walk(JSON.parse(readFileSync(new URL(`${language}/${name}`, folder), "utf8")), name);
  return [...found].sort();
}

describe("the languages", () => {
  for (const language of readdirSync(folder)) {
    it(`${language} has every text, and none that English lacks`, () => {
      expect(names(language)).toEqual(names("en"));
      for (const name of names("en")) {
        expect(keys(language, name)).toEqual(keys("en", name));
      }
    });
  }
});
