/** Who says to be what; the first that fits, for most claim to be others as well. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/(Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bVersion\/.+ Safari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "Mac"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** What a device is called: of a browser that introduces itself, its name and that of its system; of others what they say. */
export function deviceName(said: string): string {
  const found = (list: typeof BROWSERS) => list.find(([sign]) => sign.test(said))?.[1];
  const browser = said.startsWith("Mozilla/") ? found(BROWSERS) : undefined;
  return browser ? [browser, found(SYSTEMS)].filter(Boolean).join(", ") : said;
}
