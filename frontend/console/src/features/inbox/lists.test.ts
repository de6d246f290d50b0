import { describe, expect, it } from "vitest";
import { conversation } from "../../state/fixtures.ts";
import { compareNeed, listsOf, nextWaiting, waitsSince } from "./lists.ts";

const at = (minute: number): string => `2026-11-23T10:${String(minute).padStart(2, "0")}:00Z`;
const line = (minute: number) => ({ seq: 1, kind: "text" as const, author_kind: "operator" as const, text: "", at: at(minute) });

const queuedLong = conversation("queued-long", { waiting_since: at(1) });
const queuedShort = conversation("queued-short", { waiting_since: at(9) });
const waiting = conversation("waiting", { assignee_id: "me", waiting_since: at(0) });
const answered = conversation("answered", { assignee_id: "me", waiting_since: null, last_line: line(20) });
const older = conversation("older", { assignee_id: "other", waiting_since: null, last_line: line(10) });

describe("the list", () => {
  it("puts the newest need first: queued, waiting, then the last activity", () => {
    const sorted = [older, answered, waiting, queuedShort, queuedLong].sort(compareNeed);
    expect(sorted.map((row) => row.id)).toEqual(["queued-long", "queued-short", "waiting", "answered", "older"]);
  });

  it("is not moved by reading", () => {
    const read = { ...waiting, unread_count: 0, operator_read_seq: 1 };
    expect([read, queuedShort].sort(compareNeed)[0]).toBe(queuedShort);
    expect([answered, read].sort(compareNeed)[0]).toBe(read);
  });

  it("knows what is queued, mine and of a site", () => {
    const foreign = conversation("foreign", { site_id: "elsewhere", assignee_id: "me" });
    const lists = listsOf([queuedLong, waiting, older, foreign], "me", "site");
    expect(lists.queued).toEqual([queuedLong]);
    expect(lists.mine).toEqual([waiting]);
    expect(lists.all).toHaveLength(3);
  });
});

it("somebody queued waits since they came, even before a word", () => {
  expect(waitsSince(conversation("a", { waiting_since: null, queued_at: at(3) }))).toBe(at(3));
  expect(waitsSince(conversation("a", { status: "closed" }))).toBeNull();
  expect(waitsSince(answered)).toBeNull();
});

it("the next that waits comes after the one that is open, around the end", () => {
  const list = [queuedLong, queuedShort, answered];
  expect(nextWaiting(list, "queued-long")?.id).toBe("queued-short");
  expect(nextWaiting(list, "answered")?.id).toBe("queued-long");
  expect(nextWaiting([answered], "answered")).toBeUndefined();
});
