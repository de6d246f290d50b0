import { expect, test } from "vitest";
import { canResend, grouped, lookAgainAfter, shortUrl, type Delivery } from "./webhooks.ts";

const NOW = Date.parse("2026-05-04T09:00:00Z");

function delivery(values: Partial<Delivery>): Delivery {
  return {
    id: "1",
    event_type: "message.sent",
    state: "delivered",
    attempts: 1,
    status_code: 204,
    failure: null,
    error: null,
    created_at: "2026-05-04T08:59:00Z",
    next_attempt_at: null,
    payload: {},
    ...values,
  };
}

test("events stand together with those of the same thing, in the order they came", () => {
  const found = grouped(["site.created", "message.sent", "site.updated"].map((type) => ({ type, description: "" })));
  expect(found.map((group) => [group.name, group.events.map((event) => event.type)])).toEqual([
    ["site", ["site.created", "site.updated"]],
    ["message", ["message.sent"]],
  ]);
});

test.each([
  ["https://hooks.example.com/klepet/", "hooks.example.com/klepet"],
  ["HTTP://127.0.0.1:9000", "127.0.0.1:9000"],
  ["https://hooks.example.com/x?token=secret", "hooks.example.com/x?…"],
])("%s is shown as %s", (url, shown) => expect(shortUrl(url)).toBe(shown));

test("the log is looked at soon only while something is about to happen", () => {
  const later = lookAgainAfter([], NOW);
  expect(lookAgainAfter([delivery({})], NOW)).toBe(later);
  expect(lookAgainAfter([delivery({ state: "parked" })], NOW)).toBe(later);
  expect(lookAgainAfter([delivery({ state: "failed", next_attempt_at: "2026-05-04T10:00:00Z" })], NOW)).toBe(later);
  expect(lookAgainAfter([delivery({ state: "failed", next_attempt_at: "2026-05-04T09:00:04Z" })], NOW)).toBeLessThan(later);
  expect(lookAgainAfter([delivery({}), delivery({ state: "waiting" })], NOW)).toBeLessThan(later);
});

test("what arrived or is on its way is not sent again, and nothing while the webhook is off", () => {
  expect(canResend(delivery({ state: "parked" }), true)).toBe(true);
  expect(canResend(delivery({ state: "failed" }), true)).toBe(true);
  expect(canResend(delivery({ state: "parked" }), false)).toBe(false);
  expect(canResend(delivery({ state: "waiting" }), true)).toBe(false);
  expect(canResend(delivery({}), true)).toBe(false);
});
