import { describe, expect, it } from "vitest";
import type { Outgoing } from "../../state/outbox.ts";
import { message } from "../../state/fixtures.ts";
import { deliveryOf, rowsOf } from "./transcript-rows.ts";

const time = (minute: number, second = 0, day = 23): string => new Date(2026, 10, day, 10, minute, second).toISOString();
const mine = { author: { kind: "operator" as const, id: "me" } };
const outgoing: Outgoing = {
  client_id: "c-1",
  conversation_id: "a",
  kind: "text",
  text: "On its way",
  at: new Date(2026, 10, 23, 10, 5, 30).getTime(),
  order: 1,
  status: "pending",
};

describe("rows of a transcript", () => {
  it("are grouped by author and minute", () => {
    const rows = rowsOf(
      [
        message("a", 1, { at: time(1) }),
        message("a", 2, { at: time(1, 40) }),
        message("a", 3, { at: time(2) }),
        message("a", 4, { at: time(2), ...mine }),
      ],
      [],
      null,
      "me",
    );
    expect(rows.map((row) => [row.startsGroup, row.endsGroup])).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });

  it("never group a note with an answer", () => {
    const rows = rowsOf([message("a", 1, { at: time(1), ...mine }), message("a", 2, { at: time(1), kind: "note", ...mine })], [], null, "me");
    expect(rows[1]?.startsGroup).toBe(true);
    expect(rows[1]?.isNote).toBe(true);
  });

  it("say where a day begins", () => {
    const rows = rowsOf([message("a", 1, { at: time(1, 0, 22) }), message("a", 2, { at: time(1, 0, 23) })], [], null, "me");
    expect(rows.map((row) => row.startsDay)).toEqual([true, true]);
  });

  it("draw the line of what is new once, over the visitor's first unread word", () => {
    const messages = [message("a", 1), message("a", 2, mine), message("a", 3), message("a", 4)];
    expect(rowsOf(messages, [], 1, "me").map((row) => row.startsNew)).toEqual([false, false, true, false]);
    expect(rowsOf(messages, [], null, "me").some((row) => row.startsNew)).toBe(false);
  });

  it("show what is on its way until it stands in the transcript", () => {
    const before = rowsOf([message("a", 1)], [outgoing], null, "me");
    expect(before.at(-1)).toMatchObject({ key: "c-1", side: "operator", message: null });
    const after = rowsOf([message("a", 1), message("a", 2, { ...mine, client_id: "c-1" })], [outgoing], null, "me");
    expect(after).toHaveLength(2);
    expect(after.at(-1)?.outgoing).toBeNull();
  });

  it("mark only the last answer, never a note", () => {
    const rows = rowsOf([message("a", 1, mine), message("a", 2, mine), message("a", 3, { kind: "note", ...mine })], [], null, "me");
    expect(rows.map((row) => row.hasMark)).toEqual([false, true, false]);
  });
});

it("an answer is sent, then delivered, then read", () => {
  const marks = { visitor_delivered_seq: 5, visitor_read_seq: 3 };
  expect([3, 5, 6].map((seq) => deliveryOf(seq, marks))).toEqual(["read", "delivered", "sent"]);
});
