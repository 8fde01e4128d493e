const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** The server takes pictures of so many bytes. */
export const MOST_OF_A_PICTURE = 10 * 1024 * 1024;

/** A size as people read it, in units of 1,000. */
export function bytes(count: number, language: string): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(count / 1000 ** step);
}
