// Writes theme.gen.css, the tokens as Tailwind's theme, from tokens.json; with --check, only says whether it is fresh.
import { readFileSync, writeFileSync } from "node:fs";

const here = new URL(".", import.meta.url);
const tokens = JSON.parse(readFileSync(new URL("tokens.json", here), "utf8"));

const lines = (entries, prefix, value = (v) => v) =>
  Object.entries(entries).map(([name, v]) => `  --${prefix}${name}: ${value(v)};`);
const colours = (set) => lines(set, "color-", (v) => `oklch(${v})`);
const block = (selector, body) => `${selector} {\n${body.join("\n")}\n}`;
const media = (query, inner) => `@media ${query} {\n${inner.replace(/^/gm, "  ")}\n}`;

const { dark, light, contrast } = tokens.color;
// The listener's choice stands on <html data-theme>; without one the system's is followed.
const LIGHT = ':root[data-theme="light"]';
const FOLLOWS = ':root:not([data-theme="dark"])';

const css = [
  "/* Made from tokens.json by build.mjs; change it there. */",
  block("@theme static", [
    "  --*: initial;",
    ...colours(dark),
    "  --color-transparent: transparent;",
    "  --color-current: currentColor;",
    ...lines(tokens.font, "font-"),
    ...Object.entries(tokens.text).flatMap(([name, [size, leading]]) => [
      `  --text-${name}: ${size};`,
      `  --text-${name}--line-height: ${leading};`,
    ]),
    "  --font-weight-normal: 400;",
    "  --font-weight-medium: 500;",
    "  --font-weight-semibold: 600;",
    "  --font-weight-bold: 700;",
    "  --tracking-display: -0.035em;",
    `  --spacing: ${tokens.space.unit};`,
    ...lines(tokens.radius, "radius-"),
    ...lines(tokens.breakpoint, "breakpoint-"),
    ...lines(tokens.breakpoint, "container-"),
    `  --container-content: ${tokens.size.content};`,
    `  --ease-out: ${tokens.motion.ease};`,
  ]),
  block(":root", [
    "  color-scheme: dark;",
    ...lines(tokens.size, "size-"),
    ...["press", "menu", "sleeve"].map((name) => `  --motion-${name}: ${tokens.motion[name]};`),
  ]),
  media("(prefers-color-scheme: light)", block(FOLLOWS, ["  color-scheme: light;", ...colours(light)])),
  block(LIGHT, ["  color-scheme: light;", ...colours(light)]),
  media(
    "(prefers-contrast: more)",
    [
      block(":root", colours(contrast.dark)),
      media("(prefers-color-scheme: light)", block(FOLLOWS, colours(contrast.light))),
      block(LIGHT, colours(contrast.light)),
    ].join("\n"),
  ),
  "",
].join("\n\n");

const target = new URL("theme.gen.css", here);
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== css) {
    console.error("tokens: theme.gen.css is stale; run npm run generate");
    process.exit(1);
  }
} else {
  writeFileSync(target, css);
}
