/** How times are said: relative under an hour, the clock time today, the date before. Pure; `words` come from the catalogue. */

export interface TimeWords {
  now: string;
  minutesAgo: (count: number) => string;
  yesterday: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(language, options)));
  return found;
}

/** Whole local days between two instants; 0 is the same day. */
export function daysBetween(earlier: number, later: number): number {
  const midnight = (at: number): number => {
    const date = new Date(at);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  };
  return Math.round((midnight(later) - midnight(earlier)) / (24 * HOUR));
}

export function clockTime(language: string, at: number): string {
  return format(language, { hour: "numeric", minute: "2-digit" }).format(at);
}

/** For a row of a list: "5 min ago", "14:05", "yesterday", "12 Mar", "12/03/2025". */
export function shortTime(language: string, at: number, now: number, words: TimeWords): string {
  const age = now - at;
  if (age < MINUTE) return words.now;
  if (age < HOUR) return words.minutesAgo(Math.floor(age / MINUTE));
  const days = daysBetween(at, now);
  if (days === 0) return clockTime(language, at);
  if (days === 1) return words.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(language, sameYear ? { day: "numeric", month: "short" } : { dateStyle: "short" }).format(at);
}

/** Everything there is to know, for hovering and for screen readers. */
export function exactTime(language: string, at: number): string {
  return format(language, { dateStyle: "full", timeStyle: "medium" }).format(at);
}

/** The heading over the messages of a day. */
export function dayTitle(language: string, at: number, now: number, words: { today: string; yesterday: string }): string {
  const days = daysBetween(at, now);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(language, { weekday: "long", day: "numeric", month: "long", ...(!sameYear && { year: "numeric" }) }).format(at);
}

export interface SpanWords {
  underMinute: string;
  minutes: (count: number) => string;
  hours: (hours: number, minutes: number) => string;
  days: (count: number) => string;
}

/** How long something lasts: "4 min", "1 h 20 min", "2 days". */
export function spanText(milliseconds: number, words: SpanWords): string {
  const minutes = Math.floor(milliseconds / MINUTE);
  if (minutes < 1) return words.underMinute;
  if (minutes < 60) return words.minutes(minutes);
  if (minutes < 24 * 60) return words.hours(Math.floor(minutes / 60), minutes % 60);
  return words.days(Math.floor(minutes / (24 * 60)));
}

/** What the clock shows where somebody else is, or null for a time zone that this browser does not know. */
export function timeIn(language: string, timeZone: string, now: number): string | null {
  try {
    return format(language, { hour: "numeric", minute: "2-digit", weekday: "short", timeZone }).format(now);
  } catch {
    return null;
  }
}
