/** A release date, as `2025-11-07`, in the reader's way of writing dates; a date has no time zone. */
export function releaseDay(date: string, language: string): string {
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(language, {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** The day of a moment where the reader is, as `2025-11-07`. */
export function dayOf(time: string | number | Date): string {
  const at = new Date(time);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** How many days lie between two days, as `2025-11-07`; a day with 23 or 25 hours is one too. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
