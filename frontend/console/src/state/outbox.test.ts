import { beforeEach, describe, expect, it } from "vitest";
import type { SendMessage } from "../../../protocol/generated.ts";
import { message } from "./fixtures.ts";
import { Outbox } from "./outbox.ts";

class Memory {
  items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.items.set(name, value);
  }
  removeItem(name: string): void {
    this.items.delete(name);
  }
}

let storage: Memory;
let sent: SendMessage[];
let isConnected: boolean;
let waiting: { run: () => void; milliseconds: number }[];

function outbox(): Outbox {
  return new Outbox({
    storage,
    prefix: "out.",
    send: (frame) => {
      if (isConnected) sent.push(frame);
      return isConnected;
    },
    changed: () => undefined,
    later: (run, milliseconds) => waiting.push({ run, milliseconds }),
  });
}

function draft(id: string) {
  return { client_id: id, conversation_id: "a", kind: "text" as const, text: `text ${id}`, at: 0 };
}

beforeEach(() => {
  storage = new Memory();
  sent = [];
  waiting = [];
  isConnected = true;
});

const names = (): string[] => sent.map((frame) => frame.client_id);

describe("outbox", () => {
  it("sends at once and lets go when the message arrives", () => {
    const box = outbox();
    box.add(draft("m1"));
    expect(names()).toEqual(["m1"]);
    box.acknowledged({ type: "ack", client_id: "m1", conversation_id: "a", seq: 1 });
    expect(box.entries[0]?.status).toBe("sent");
    box.arrived([message("a", 1, { client_id: "m1" })]);
    expect(box.entries).toEqual([]);
    expect(storage.length).toBe(0);
  });

  it("keeps what could not be sent and sends it in order after a reconnect", () => {
    isConnected = false;
    const box = outbox();
    box.add(draft("m1"));
    box.add(draft("m2"));
    isConnected = true;
    box.resend();
    expect(names()).toEqual(["m1", "m2"]);
  });

  it("survives a reload, in the order of writing", () => {
    isConnected = false;
    const before = outbox();
    for (const id of ["m3", "m1", "m2"]) before.add(draft(id));
    isConnected = true;
    const after = outbox();
    after.resend();
    expect(names()).toEqual(["m3", "m1", "m2"]);
  });

  it("does not send again after a reload what was acknowledged", () => {
    const box = outbox();
    box.add(draft("m1"));
    box.acknowledged({ type: "ack", client_id: "m1", conversation_id: "a", seq: 1 });
    sent = [];
    outbox().resend();
    expect(names()).toEqual([]);
  });

  it("fails for good what is refused for good, until somebody retries", () => {
    const box = outbox();
    box.add(draft("m1"));
    box.refused({ type: "refused", client_id: "m1", error: { code: "conflict", message: "" } });
    expect(box.entries[0]).toMatchObject({ status: "failed", problem: "conflict" });
    box.resend();
    expect(names()).toEqual(["m1"]);
    box.retry("m1");
    expect(names()).toEqual(["m1", "m1"]);
    expect(box.entries[0]?.problem).toBeUndefined();
  });

  it("holds everything back after a refusal that passes, then sends all in order", () => {
    const box = outbox();
    box.add(draft("m1"));
    box.add(draft("m2"));
    const busy = { code: "busy", message: "", retry_after_seconds: 2 };
    box.refused({ type: "refused", client_id: "m1", error: busy });
    box.refused({ type: "refused", client_id: "m2", error: busy });
    box.add(draft("m3"));
    expect(names()).toEqual(["m1", "m2"]);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.milliseconds).toBe(2000);
    sent = [];
    waiting[0]?.run();
    expect(names()).toEqual(["m1", "m2", "m3"]);
  });

  it("works without storage, and with one that refuses", () => {
    storage.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const box = outbox();
    box.add(draft("m1"));
    expect(names()).toEqual(["m1"]);
  });

  it("is not confused by foreign or broken entries", () => {
    storage.items.set("out.broken", "{");
    storage.items.set("other", "x");
    expect(outbox().entries).toEqual([]);
  });

  it("forgets what belongs to a conversation that was erased", () => {
    const box = outbox();
    box.add(draft("m1"));
    box.discardConversations(["a"]);
    expect(storage.length).toBe(0);
  });
});
