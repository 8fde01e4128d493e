/** A release date, as `2025-11-07`, in the reader's way of writing dates: a year stays a year. A date has no time zone. */
export function releaseDay(date: string, language: string): string {
  const [year, month, day] = date.split("-");
  if (year && !month) {
    return year;
  }
  return new Date(`${date}T00:00:00Z`).toLocaleDateString(language, {
    ...(day && { day: "numeric" }),
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** Whether a release date, which may be a year or a month alone, has come by this day. */
export function hasCome(date: string, day: string): boolean {
  return date <= day.slice(0, date.length);
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
