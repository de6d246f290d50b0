import { expect, test } from "vitest";
import type { Message } from "../../../protocol/generated.ts";
import type { Entry } from "../outbox/outbox.ts";
import { EMPTY, type State } from "./reduce.ts";
import { threadOf } from "./thread.ts";

const at = (minute: number): string => new Date(2026, 0, 5, 12, minute).toISOString();
const message = (seq: number, values: Partial<Message> = {}): Message => ({
  conversation_id: "a",
  seq,
  kind: "text",
  author: { kind: "visitor", id: null },
  text: `text ${seq}`,
  at: at(0),
  client_id: `client-${seq}`,
  fact: null,
  ...values,
});
const entry = (client_id: string, values: Partial<Entry> = {}): Entry => ({
  client_id,
  frame: { type: "send_message", text: client_id },
  at: Date.parse(at(1)),
  tab: "t",
  ...values,
});
const withRows = (messages: Message[], delivered = 0, read = 0): State => ({
  ...EMPTY,
  messages,
  conversations: [{ id: "a", operator_delivered_seq: delivered, operator_read_seq: read } as State["conversations"][0]],
});
const marks = (state: State, entries: Entry[] = []): (string | undefined)[] =>
  threadOf(state, entries)
    .filter((line) => line.text !== undefined)
    .map((line) => line.mark);

test("the last own message says how far it has come", () => {
  expect(marks(withRows([message(1), message(2)]))).toEqual([undefined, "sent"]);
  expect(marks(withRows([message(1), message(2)], 2, 1))).toEqual([undefined, "delivered"]);
  expect(marks(withRows([message(1), message(2)], 2, 2))).toEqual([undefined, "read"]);
});

test("what is under way stands at the end and keeps its key when it is stored", () => {
  const before = threadOf(withRows([message(1)]), [entry("client-2")]);
  const after = threadOf(withRows([message(1), message(2)]), [entry("client-2")]);
  expect(before.map((line) => line.key)).toEqual(after.map((line) => line.key));
  expect(marks(withRows([message(1)]), [entry("client-2"), entry("x", { failed: true })])).toEqual([undefined, "pending", "failed"]);
});

test("commands other than messages are no lines", () => {
  const rating: Entry = { ...entry("r"), frame: { type: "rate_conversation", conversation_id: "a", score: 5 } };
  expect(threadOf(withRows([]), [rating])).toEqual([]);
});

test("one author's lines within five minutes are a group; a system line and a day end it", () => {
  const operator = { kind: "operator", id: "o" } as const;
  const fact = { line: "reopened", name: null, score: null, value: null, currency: null } as const;
  const lines = threadOf(
    withRows([
      message(1),
      message(2, { at: at(2) }),
      message(3, { at: at(9) }),
      message(4, { at: at(9), author: operator, client_id: null }),
      message(5, { at: at(9), kind: "system", author: { kind: "system", id: null }, fact }),
      message(6, { at: at(9), author: operator, client_id: null }),
      message(7, { at: new Date(2026, 0, 6, 0, 1).toISOString(), author: operator, client_id: null }),
    ]),
    [],
  );
  expect(lines.map((line) => (line.text === undefined ? "day" : [line.seq, line.isFirst, line.isLast]))).toEqual([
    "day",
    [1, true, false],
    [2, false, true],
    [3, true, true],
    [4, true, true],
    [5, true, true],
    [6, true, true],
    "day",
    [7, true, true],
  ]);
});
