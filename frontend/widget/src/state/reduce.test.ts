import { expect, test } from "vitest";
import type { Delivery, Message, VisitorConversation, VisitorState, Welcome } from "../../../protocol/generated.ts";
import { EMPTY, reduce, type State, withMessages } from "./reduce.ts";
import { countUnread } from "./unread.ts";

const conversation = (id: string, values: Partial<VisitorConversation> = {}): VisitorConversation => ({
  id,
  status: "open",
  assignee_id: null,
  last_seq: 1,
  created_at: "2026-01-01T00:00:00Z",
  closed_at: null,
  closed_by: null,
  operator_delivered_seq: 0,
  operator_read_seq: 0,
  visitor_read_seq: 0,
  unread_count: 0,
  rating: null,
  ...values,
});
const message = (conversation_id: string, seq: number, kind: "visitor" | "operator" = "visitor"): Message => ({
  conversation_id,
  seq,
  kind: "text",
  author: { kind, id: null },
  text: `${seq}`,
  at: "2026-01-01T00:00:00Z",
  client_id: null,
  fact: null,
});
const snapshot = (offset: number, rows: Partial<VisitorState> = {}): Welcome => ({
  type: "welcome",
  position: { offset, epoch: "e" },
  server_time: "2026-01-01T00:00:00Z",
  principal_id: "v",
  token: null,
  is_accepting: true,
  visitor_state: {
    conversations: [],
    messages: [],
    operators: [],
    contact: { id: "c", name: null, email: null, phone: null, user_id: null, attributes: {}, created_at: "2026-01-01T00:00:00Z" },
    ...rows,
  },
  operator_state: null,
  online_operator_ids: [],
  online_visitor_ids: [],
});
const event = (offset: number, rows: Partial<Delivery>): Delivery => ({
  type: "event",
  offset,
  event: {
    type: "message.sent",
    conversation_id: "a",
    contact_id: "c",
    site_id: "s",
    seq: 1,
    kind: "text",
    author_kind: "visitor",
    operator_id: null,
  },
  ...rows,
});
const play = (...frames: Parameters<typeof reduce>[1][]): State => frames.reduce(reduce, EMPTY);

test("rows take the places of earlier ones, whatever the event is called", () => {
  const state = play(
    snapshot(1, { conversations: [conversation("a")], messages: [message("a", 1)] }),
    event(2, { visitor_conversations: [conversation("a", { last_seq: 2 })], messages: [message("a", 2)] }),
    event(3, { event: { type: "some.later.kind" } as never, visitor_conversations: [conversation("a", { operator_read_seq: 2 })] }),
  );
  expect(state.messages.map((row) => row.seq)).toEqual([1, 2]);
  expect(state.conversations).toEqual([conversation("a", { operator_read_seq: 2 })]);
  expect(state.position).toEqual({ offset: 3, epoch: "e" });
});

test("an event that was already followed changes nothing", () => {
  const state = play(snapshot(5, { conversations: [conversation("a", { last_seq: 9 })] }));
  expect(reduce(state, event(5, { visitor_conversations: [conversation("a")] }))).toBe(state);
});

const created = (offset: number, id: string): Delivery =>
  event(offset, {
    event: { type: "conversation.created", conversation_id: id, contact_id: "c", site_id: "s" },
    visitor_conversations: [conversation(id)],
  });
const order = (state: State): string[] => state.conversations.map((row) => row.id);

test("the 20 conversations that were active last are kept, last activity first", () => {
  const ids = Array.from({ length: 25 }, (_, index) => `id${String(index).padStart(2, "0")}`);
  const state = play(snapshot(0), ...ids.map((id, index) => created(index + 1, id)));
  expect(order(state)).toEqual(ids.slice(5).reverse());
});

test("a new line makes its conversation the first and its transcript the last; other changes do not", () => {
  const before = play(
    snapshot(1, { conversations: [conversation("b"), conversation("a")], messages: [message("b", 1), message("b", 2)] }),
  );
  const read = reduce(before, event(2, { visitor_conversations: [conversation("a", { operator_read_seq: 1 })] }));
  expect(order(read)).toEqual(["b", "a"]);
  const state = reduce(read, event(3, { visitor_conversations: [conversation("a", { last_seq: 2 })], messages: [message("a", 2)] }));
  expect(order(state)).toEqual(["a", "b"]);
  expect(state.messages.map((row) => row.conversation_id + row.seq)).toEqual(["b1", "b2", "a2"]);
});

test("one beyond the 20 that only changes stays beyond", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `id${index}`);
  const before = play(snapshot(1, { conversations: ids.map((id) => conversation(id)) }));
  expect(order(reduce(before, event(2, { visitor_conversations: [conversation("old")] })))).toEqual(ids);
});

test("a conversation that comes from elsewhere asks for a snapshot, which tells its place", () => {
  const before = play(snapshot(1, { conversations: [conversation("a")] }));
  const moved = { type: "conversation.moved", conversation_id: "b" } as never;
  expect(reduce(before, event(2, { event: moved, visitor_conversations: [conversation("b")] })).position).toBeNull();
});

test("a new line of a conversation of which nothing is here asks for a snapshot, which brings what stands before it", () => {
  const state = play(snapshot(1, { conversations: [conversation("b"), conversation("a")], messages: [message("b", 1)] }));
  const row = { visitor_conversations: [conversation("a")] };
  expect(reduce(state, event(2, { ...row, messages: [message("a", 7)] })).position).toBeNull();
  expect(reduce(state, event(2, { ...row, messages: [message("a", 1)] })).position?.offset).toBe(2);
  expect(reduce(state, event(2, { messages: [message("b", 2)] })).position?.offset).toBe(2);
});

test("a snapshot replaces everything", () => {
  const state = play(
    snapshot(1, { conversations: [conversation("a")], messages: [message("a", 1)] }),
    snapshot(9, { conversations: [conversation("b")], messages: [message("b", 1)] }),
  );
  expect(state.conversations.map((row) => row.id)).toEqual(["b"]);
  expect(state.messages.map((row) => row.conversation_id)).toEqual(["b"]);
});

test("a welcome without rows keeps them and the place where the events go on", () => {
  const before = play(snapshot(4, { conversations: [conversation("a")] }));
  const state = reduce(before, { ...snapshot(9), visitor_state: null });
  expect(state.conversations).toBe(before.conversations);
  expect(state.position?.offset).toBe(4);
});

test("a conversation that left takes its messages along, and the newest one asks for a snapshot", () => {
  const before = play(
    snapshot(1, { conversations: [conversation("b"), conversation("a")], messages: [message("a", 1), message("b", 1)] }),
  );
  const older = reduce(before, event(2, { removed: ["a"] }));
  expect(older.messages.map((row) => row.conversation_id)).toEqual(["b"]);
  expect(older.position?.offset).toBe(2);
  expect(reduce(before, event(2, { removed: ["b"] })).position).toBeNull();
});

test("older pages come in before what is known", () => {
  const state = play(snapshot(1, { conversations: [conversation("a")], messages: [message("a", 9), message("a", 10)] }));
  expect(withMessages(state, [message("a", 2), message("a", 9)]).messages.map((row) => row.seq)).toEqual([2, 9, 10]);
});

test("who types stops when the message is there", () => {
  const typing = { type: "typing", conversation_id: "a", author_kind: "operator", is_typing: true, operator_id: "o" } as const;
  const state = play(snapshot(1), typing);
  expect(state.typing).toEqual(typing);
  expect(reduce(state, event(2, { messages: [message("a", 1)] })).typing).toEqual(typing);
  expect(reduce(state, event(2, { messages: [message("a", 1, "operator")] })).typing).toBeNull();
  expect(reduce(state, { ...typing, is_typing: false }).typing).toBeNull();
});

test("what was read here no longer counts, before the server says so", () => {
  const state = play(
    snapshot(1, {
      conversations: [conversation("a", { last_seq: 4, unread_count: 2 })],
      messages: [message("a", 2, "operator"), message("a", 3, "operator")],
    }),
  );
  expect(countUnread(state, {})).toBe(2);
  expect(countUnread(state, { a: 2 })).toBe(2);
  expect(countUnread(state, { a: 3 })).toBe(0);
});
