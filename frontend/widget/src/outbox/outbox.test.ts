import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Command, type Entry, outbox, OUTBOX_MAX } from "./outbox.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(kept: Entry[] = [], tab = "here") {
  const sent: (Command & { client_id: string })[] = [];
  const world = { kept, sent, isOnline: true, newest: undefined as string | undefined };
  const without = ({ client_id }: Entry): Entry[] => world.kept.filter((each) => each.client_id !== client_id);
  const box = outbox({
    memory: {
      tab,
      entries: () => structuredClone(world.kept).sort((one, other) => one.at - other.at),
      keep: (entry) => void (world.kept = [...without(entry), entry]),
      drop: (entry) => void (world.kept = without(entry)),
    },
    send: (frame) => {
      if (world.isOnline) sent.push(frame);
      return world.isOnline;
    },
    home: (opened) => world.newest ?? opened,
    changed: () => undefined,
  });
  return { world, sent, box };
}
const message = (text: string): Command => ({ type: "send_message", text });
const ids = (frames: { client_id: string }[]): string[] => frames.map((frame) => frame.client_id);
const ack = (client_id: string, seq = 1) => ({ type: "ack", client_id, conversation_id: "c1", seq }) as const;

test("one command is under way at a time, in order", () => {
  const { sent, box } = setUp();
  box.add("a", message("1"));
  box.add("b", message("2"));
  expect(ids(sent)).toEqual(["a"]);
  box.take(ack("a"));
  expect(ids(sent)).toEqual(["a", "b"]);
});

test("the second message goes where the first opened a conversation", () => {
  const { sent, box, world } = setUp();
  box.add("a", message("1"));
  box.add("b", message("2"));
  box.take(ack("a"));
  expect(sent.map((frame) => "conversation_id" in frame && frame.conversation_id)).toEqual([null, "c1"]);
  world.newest = "c2";
  box.take(ack("b", 2));
  box.add("c", message("3"));
  expect(sent[2]).toMatchObject({ conversation_id: "c2" });
});

test("a message for a new conversation names none", () => {
  const { sent, box, world } = setUp();
  world.newest = "c1";
  box.add("a", { ...message("1"), conversation_id: null } as Command);
  expect(sent[0]).toMatchObject({ conversation_id: null });
});

test("what was written offline is kept, and sent again after every new connection until it is acknowledged", () => {
  const { world, sent, box } = setUp();
  world.isOnline = false;
  box.add("a", message("1"));
  expect(world.kept).toHaveLength(1);
  world.isOnline = true;
  box.pump(true);
  box.pump();
  expect(ids(sent)).toEqual(["a"]);
  box.pump(true);
  expect(ids(sent)).toEqual(["a", "a"]);
  box.take(ack("a"));
  expect(world.kept).toEqual([]);
  expect(box.entries()).toMatchObject([{ client_id: "a", acked: true }]);
  box.settle();
  expect(box.entries()).toEqual([]);
});

test("a retryable refusal waits and goes first", () => {
  const { sent, box } = setUp();
  box.add("a", message("1"));
  box.add("b", message("2"));
  box.take({ type: "refused", client_id: "a", error: { code: "too_many", message: "", retry_after_seconds: 3 } });
  box.pump();
  expect(ids(sent)).toEqual(["a"]);
  vi.advanceTimersByTime(3_000);
  expect(ids(sent)).toEqual(["a", "a"]);
});

test("a clock that is set back makes nobody wait longer", () => {
  const { sent, box } = setUp();
  box.add("a", message("1"));
  box.take({ type: "refused", client_id: "a", error: { code: "busy", message: "", retry_after_seconds: 2 } });
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(2_000);
  expect(ids(sent)).toEqual(["a", "a"]);
});

test("a refused message stays for the visitor to decide and holds nobody up; other commands go", () => {
  const { world, sent, box } = setUp();
  const invalid = { code: "invalid", message: "" };
  box.add("a", message("1"));
  box.add("r", { type: "rate_conversation", conversation_id: "c", score: 5 });
  box.add("b", message("2"));
  box.take({ type: "refused", client_id: "a", error: invalid });
  expect(box.entries()[0]).toMatchObject({ client_id: "a", failed: true });
  box.take({ type: "refused", client_id: "r", error: invalid });
  box.take(ack("b"));
  expect(world.kept.map((entry) => entry.client_id)).toEqual(["a"]);
  expect(ids(sent)).toEqual(["a", "r", "b"]);
});

test("another tab's words are left to it, and hold back what was written after them", () => {
  const foreign: Entry = { client_id: "x", frame: message("1"), at: Date.now(), tab: "there" };
  const { world, sent, box } = setUp([foreign]);
  box.add("a", message("2"));
  box.pump(true);
  expect(sent).toEqual([]);
  world.kept = world.kept.slice(1);
  box.pump();
  expect(ids(sent)).toEqual(["a"]);
});

test("what another tab saw to holds nobody up", () => {
  const { world, sent, box } = setUp();
  box.add("a", message("1"));
  box.add("b", message("2"));
  world.kept = world.kept.slice(1);
  box.take(ack("a"));
  expect(ids(sent)).toEqual(["a", "b"]);
});

test("the order of writing holds when the clock is set back", () => {
  const { world, box } = setUp();
  world.isOnline = false;
  box.add("a", message("1"));
  vi.setSystemTime(Date.now() - 3_600_000);
  box.add("b", message("2"));
  expect(box.entries().map((entry) => entry.client_id)).toEqual(["a", "b"]);
});

test("a full outbox takes nothing more", () => {
  const { world, box } = setUp();
  world.isOnline = false;
  for (let index = 0; index < OUTBOX_MAX; index++) expect(box.add(`id${index}`, message("1"))).toBe(true);
  expect(box.add("more", message("1"))).toBe(false);
});
