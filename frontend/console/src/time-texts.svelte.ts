/** The times of `times.ts` in the page's language, moving with the clock. */
import type { Instant } from "../../protocol/generated.ts";
import { clock } from "./clock.svelte.ts";
import { dateLanguage, t } from "./i18n.svelte.ts";
import { clockTime, dayTitle, exactTime, shortTime, spanText, timeIn } from "./times.ts";

export function timeShort(at: Instant): string {
  return shortTime(dateLanguage(), Date.parse(at), clock.now, {
    now: t("time.now"),
    minutesAgo: (count) => t("time.minutes_ago", { count }),
    yesterday: t("time.yesterday"),
  });
}

export function timeExact(at: Instant): string {
  return exactTime(dateLanguage(), Date.parse(at));
}

export function timeOfDay(at: Instant | number): string {
  return clockTime(dateLanguage(), typeof at === "number" ? at : Date.parse(at));
}

export function dayOf(at: Instant): string {
  return dayTitle(dateLanguage(), Date.parse(at), clock.now, { today: t("time.today"), yesterday: t("time.yesterday_title") });
}

/** How long it has been since. */
export function spanSince(at: Instant): string {
  return spanText(clock.now - Date.parse(at), {
    underMinute: t("time.less_than_minute"),
    minutes: (count) => t("time.minutes", { count }),
    hours: (hours, minutes) => (minutes === 0 ? t("time.whole_hours", { hours }) : t("time.hours", { hours, minutes })),
    days: (count) => t("time.days", { count }),
  });
}

export function dateOf(at: Instant): string {
  return new Intl.DateTimeFormat(dateLanguage(), { dateStyle: "medium" }).format(Date.parse(at));
}

/** A day with the time of day, short enough to stand in a sentence. */
export function dateTimeOf(at: Instant): string {
  return new Intl.DateTimeFormat(dateLanguage(), { dateStyle: "medium", timeStyle: "short" }).format(Date.parse(at));
}

export function localTime(timeZone: string): string | null {
  return timeIn(dateLanguage(), timeZone, clock.now);
}
