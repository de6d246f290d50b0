import { expect, test } from "vitest";
import { endingOf, endOf } from "./tokens.ts";

const NOW = Date.parse("2026-05-04T09:00:00Z");

test("a lifetime is counted from now, and never is no end", () => {
  expect(endOf("30", NOW)).toBe("2026-06-03T09:00:00.000Z");
  expect(endOf("365", NOW)).toBe("2027-05-04T09:00:00.000Z");
  expect(endOf("never", NOW)).toBeNull();
});

test.each([
  [null, "never"],
  ["2026-08-01T00:00:00Z", "later"],
  ["2026-05-10T00:00:00Z", "soon"],
  ["2026-05-04T09:00:00Z", "expired"],
  ["2026-01-01T00:00:00Z", "expired"],
])("a token until %s ends %s", (expires_at, ending) => expect(endingOf({ expires_at }, NOW)).toBe(ending));
