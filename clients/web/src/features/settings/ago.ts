const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long a moment is past, as `3 hours ago`; less than a minute is now. */
export function ago(time: string, now: number, language: string): string {
  const passed = Math.max(0, now - Date.parse(time));
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, ms] of STEPS) {
    if (passed >= ms) {
      return words.format(-Math.floor(passed / ms), unit);
    }
  }
  return words.format(0, "second");
}
