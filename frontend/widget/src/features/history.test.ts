import { afterEach, expect, test, vi } from "vitest";
import type { Message, VisitorConversation } from "../../../protocol/generated.ts";
import { EMPTY, type State } from "../state/reduce.ts";
import type { Widget } from "../widget.ts";
import { loadOlder } from "./history.ts";

afterEach(() => void vi.unstubAllGlobals());

const PAGE = 50;
const message = (conversation_id: string, seq: number): Message => ({
  conversation_id,
  seq,
  kind: "text",
  author: { kind: "visitor", id: null },
  text: `${conversation_id} ${seq}`,
  at: "2026-01-01T00:00:00Z",
  client_id: null,
  fact: null,
});
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** A widget as far as history needs it, and a server with these many messages by conversation. */
function widgetOf(stored: Record<string, number>): Widget {
  vi.stubGlobal("fetch", (address: string) => {
    const url = new URL(address);
    const id = url.pathname.split("/").at(-2) as string;
    const before = Number(url.searchParams.get("before") ?? Infinity);
    const seqs = numbers(1, stored[id] as number).filter((seq) => seq < before);
    const items = seqs.slice(-PAGE).map((seq) => message(id, seq));
    return Promise.resolve({ ok: true, json: () => Promise.resolve({ items, has_more: seqs.length > PAGE }) });
  });
  return {
    tag: { url: (path: string) => `https://klepet.test/${path}` },
    memory: { get: () => "token" },
    state: EMPTY,
    isComplete: false,
    render: () => undefined,
  } as unknown as Widget;
}

/** What a snapshot brings: the last page of the first conversation. */
function snapshot(widget: Widget, stored: Record<string, number>, ...ids: string[]): void {
  const last = stored[ids[0] as string] as number;
  const state: Partial<State> = {
    conversations: ids.map((id) => ({ id }) as VisitorConversation),
    messages: numbers(Math.max(1, last - PAGE + 1), last).map((seq) => message(ids[0] as string, seq)),
  };
  widget.state = { ...EMPTY, ...state };
  widget.isComplete = false;
}

async function loadAll(widget: Widget): Promise<void> {
  for (let calls = 0; !widget.isComplete && calls < 20; calls++) await loadOlder(widget);
}

test("history goes back to the first word of every conversation", async () => {
  const stored = { new: 120, old: 70 };
  const widget = widgetOf(stored);
  snapshot(widget, stored, "new", "old");
  await loadAll(widget);
  expect(widget.state.messages.map((row) => row.text)).toEqual([
    ...numbers(1, 70).map((seq) => `old ${seq}`),
    ...numbers(1, 120).map((seq) => `new ${seq}`),
  ]);
});

test("what a snapshot dropped is fetched again", async () => {
  const stored = { new: 120, old: 70 };
  const widget = widgetOf(stored);
  snapshot(widget, stored, "new", "old");
  await loadAll(widget);
  snapshot(widget, stored, "new", "old");
  await loadAll(widget);
  expect(widget.state.messages).toHaveLength(190);
});
