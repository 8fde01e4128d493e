const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** The server takes pictures of so many bytes. */
export const MOST_OF_A_PICTURE = 10 * 1024 * 1024;

const STEP = 1024;

/** A size as people read it, in units of 1,024: a limit of 50 MiB is 50 MB to them, and not 52.4. */
export function bytes(count: number, language: string): string {
  let step = 0;
  while (step < UNITS.length - 1 && count >= STEP ** (step + 1)) {
    step += 1;
  }
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(count / STEP ** step);
}
