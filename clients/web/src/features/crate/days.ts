import { dayOf, daysBetween } from "../catalogue/dates.ts";

/** What stands above the first play of a day, as undefined for every other play. */
export function dayAbove(plays: readonly { startedAt: string }[], index: number): string | undefined {
  const [play, before] = [plays[index], plays[index - 1]];
  if (!play) {
    return undefined;
  }
  const day = dayOf(play.startedAt);
  return before && dayOf(before.startedAt) === day ? undefined : day;
}

/** How a day is called today: `today`, `yesterday`, its weekday within a week, else its date. */
export function dayName(
  day: string,
  today: string,
  language: string,
): "today" | "yesterday" | { date: string } {
  const ago = daysBetween(day, today);
  if (ago === 0) {
    return "today";
  }
  if (ago === 1) {
    return "yesterday";
  }
  const named: Intl.DateTimeFormatOptions = { weekday: "long", timeZone: "UTC" };
  if (ago < 0 || ago > 6) {
    named.day = "numeric";
    named.month = "long";
    if (day.slice(0, 4) !== today.slice(0, 4)) {
      named.year = "numeric";
    }
  }
  return { date: new Date(`${day}T00:00:00Z`).toLocaleDateString(language, named) };
}
