// @vitest-environment happy-dom
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { contact, conversation } from "../../state/fixtures.ts";

const live = vi.hoisted(() => ({
  sent: [] as unknown[][],
  signals: [] as { type: string; is_typing?: boolean }[],
}));

vi.mock("../../state/live.svelte.ts", () => ({
  live: { state: { me: "me", operators: new Map() }, status: "online" },
  sendMessage: (...message: unknown[]) => live.sent.push(message),
  signal: (frame: { type: string }) => live.signals.push(frame),
  onFrame: () => () => undefined,
}));
vi.mock("../../state/session.svelte.ts", () => ({ can: () => true }));

const { default: Composer } = await import("./Composer.svelte");
const { draftOf, keepDraft, startDrafts } = await import("./drafts.svelte.ts");
const { write } = await import("./composer.svelte.ts");

let component: Record<string, unknown>;

function show(over: Parameters<typeof conversation>[1] = {}): void {
  component = mount(Composer, {
    target: document.body,
    props: { conversation: conversation("a", over), contact: contact("contact-a", { name: "Ida" }) },
  });
  flushSync();
}

const area = (): HTMLTextAreaElement => document.querySelector("textarea") as HTMLTextAreaElement;

function type(text: string): void {
  area().value = text;
  area().dispatchEvent(new Event("input", { bubbles: true }));
  flushSync();
}

function press(key: string, over: KeyboardEventInit = {}): void {
  area().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...over }));
  flushSync();
}

beforeEach(() => {
  localStorage.clear();
  startDrafts("me");
  live.sent.length = live.signals.length = 0;
});

afterEach(() => void unmount(component));

describe("composer", () => {
  it("sends with Enter and is empty after it", () => {
    show();
    type("  Hello  ");
    press("Enter");
    expect(live.sent).toEqual([["a", "text", "Hello"]]);
    expect(area().value).toBe("");
    expect(draftOf("a").text).toBe("");
  });

  it("begins a new line with Shift and Enter, and sends nothing empty", () => {
    show();
    type("Hello");
    press("Enter", { shiftKey: true });
    type("   ");
    press("Enter");
    expect(live.sent).toEqual([]);
  });

  it("keeps what was not sent, also over a reload", () => {
    show();
    type("half a sentence");
    startDrafts("me");
    expect(draftOf("a")).toEqual({ text: "half a sentence", kind: "text" });
    startDrafts("somebody else");
    expect(draftOf("a").text).toBe("");
  });

  it("tells the visitor that an answer is written, but never a note", () => {
    show();
    type("Hel");
    expect(live.signals).toEqual([{ type: "set_typing", conversation_id: "a", is_typing: true }]);
    live.signals.length = 0;
    press("n", { altKey: true, code: "KeyN" });
    expect(live.signals.every((frame) => frame.is_typing === false)).toBe(true);
    live.signals.length = 0;
    type("a word for colleagues");
    expect(live.signals).toEqual([]);
  });

  it("sends a note as a note, and goes back to replying", () => {
    show();
    write("note");
    flushSync();
    type("Called the carrier");
    press("Enter");
    expect(live.sent).toEqual([["a", "note", "Called the carrier"]]);
    expect(draftOf("a").kind).toBe("text");
  });

  it("refuses what is too long, and counts by characters", () => {
    keepDraft("a", { text: "😀".repeat(4001), kind: "text" });
    show();
    press("Enter");
    expect(live.sent).toEqual([]);
    keepDraft("a", { text: "😀".repeat(4000), kind: "text" });
    flushSync();
    press("Enter");
    expect(live.sent).toHaveLength(1);
  });

  it("takes notes but no answers in a closed conversation", () => {
    show({ status: "closed" });
    type("Hello");
    press("Enter");
    expect(live.sent).toEqual([]);
    write("note");
    flushSync();
    press("Enter");
    expect(live.sent).toEqual([["a", "note", "Hello"]]);
  });
});
