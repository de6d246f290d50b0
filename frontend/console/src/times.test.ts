import { describe, expect, it } from "vitest";
import { dayTitle, daysBetween, shortTime, spanText, timeIn } from "./times.ts";

const NOW = new Date(2026, 10, 23, 14, 30).getTime();
const words = { now: "now", minutesAgo: (count: number) => `${count} ago`, yesterday: "yesterday" };
const short = (...at: [number, number, number, number, number]): string => shortTime("en-GB", new Date(...at).getTime(), NOW, words);

describe("times in lists", () => {
  it("are relative under an hour", () => {
    expect(shortTime("en-GB", NOW - 20_000, NOW, words)).toBe("now");
    expect(short(2026, 10, 23, 13, 31)).toBe("59 ago");
  });

  it("are the clock today, and the date before", () => {
    expect(short(2026, 10, 23, 13, 30)).toBe("13:30");
    expect(short(2026, 10, 23, 0, 5)).toBe("0:05");
    expect(short(2026, 10, 22, 23, 59)).toBe("yesterday");
    expect(short(2026, 9, 1, 12, 0)).toBe("1 Oct");
    expect(short(2025, 9, 1, 12, 0)).toBe("01/10/2025");
  });

  it("of a server a little ahead are now", () => {
    expect(shortTime("en-GB", NOW + 5000, NOW, words)).toBe("now");
  });
});

it("days are counted by the calendar, not by hours", () => {
  expect(daysBetween(new Date(2026, 10, 22, 23, 59).getTime(), new Date(2026, 10, 23, 0, 1).getTime())).toBe(1);
  expect(daysBetween(new Date(2026, 10, 23, 0, 1).getTime(), new Date(2026, 10, 23, 23, 59).getTime())).toBe(0);
});

it("the heading of a day names the weekday, and the year when it is another", () => {
  const title = (at: number): string => dayTitle("en-GB", at, NOW, { today: "Today", yesterday: "Yesterday" });
  expect(title(NOW)).toBe("Today");
  expect(title(NOW - 86_400_000)).toBe("Yesterday");
  expect(title(new Date(2026, 10, 2).getTime())).toBe("Monday 2 November");
  expect(title(new Date(2025, 10, 2).getTime())).toContain("2025");
});

it("spans grow from minutes to days", () => {
  const text = (minutes: number): string =>
    spanText(minutes * 60_000, {
      underMinute: "<1",
      minutes: (count) => `${count}m`,
      hours: (hours, rest) => `${hours}h${rest}`,
      days: (count) => `${count}d`,
    });
  expect([0.5, 4, 59, 60, 80, 23 * 60 + 59, 24 * 60, 48 * 60].map(text)).toEqual(["<1", "4m", "59m", "1h0", "1h20", "23h59", "1d", "2d"]);
});

it("the clock elsewhere is known, or said to be unknown", () => {
  const noon = Date.UTC(2026, 10, 23, 12, 0);
  expect(timeIn("en-GB", "Asia/Vladivostok", noon)).toContain("22:00");
  expect(timeIn("en-GB", "Nowhere/Else", noon)).toBeNull();
});
