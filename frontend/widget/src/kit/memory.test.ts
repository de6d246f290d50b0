import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Entry } from "../outbox/outbox.ts";
import { type Memory, openMemory } from "./memory.ts";

afterEach(() => void vi.unstubAllGlobals());

/** The site's storage, and tabs that are processes: each has a copy of its own and learns late of what the others wrote. */
class Lagging {
  stored: Record<string, string> = {};
  late: (() => void)[] = [];

  /** Another tab; the answer does something in it. */
  open(): (act: (memory: Memory) => void) => Memory {
    const copy: Record<string, string> = { ...this.stored };
    const tell = (name: string, text?: string): void => {
      this.late.push(() => {
        for (const each of [this.stored, ...this.copies]) {
          if (text === undefined) delete each[name];
          else each[name] = text;
        }
      });
    };
    this.copies.push(copy);
    const localStorage = new Proxy(copy, {
      set(_, name: string, text: string) {
        copy[name] = text;
        tell(name, text);
        return true;
      },
      deleteProperty(_, name: string) {
        delete copy[name];
        tell(name);
        return true;
      },
    });
    const enter = (): void => {
      vi.stubGlobal("localStorage", localStorage);
      vi.stubGlobal("sessionStorage", {});
    };
    enter();
    const memory = openMemory("shop");
    return (act) => {
      enter();
      act(memory);
      return memory;
    };
  }
  private copies: Record<string, string>[] = [];

  /** Everybody comes to know what was written, in the order in which it was. */
  catchUp(): void {
    for (const tell of this.late.splice(0)) tell();
  }
}

const entry = (client_id: string, at: number): Entry => ({ client_id, at, frame: { type: "send_message", text: client_id }, tab: "here" });
let storage: Lagging;
beforeEach(() => {
  storage = new Lagging();
});

test("what one tab writes wipes nothing that another wrote at the same time", () => {
  const one = storage.open();
  const other = storage.open();
  one((memory) => memory.set({ draft: "a draft" }));
  one((memory) => memory.keep(entry("mine", 1)));
  other((memory) => memory.set({ rang: "conversation 1", tab: "other", isOpen: true }));
  other((memory) => memory.keep(entry("theirs", 2)));
  storage.catchUp();
  for (const tab of [one, other])
    tab((memory) => {
      expect(memory.get("draft")).toBe("a draft");
      expect(memory.get("isOpen")).toBe(true);
      expect(memory.entries().map(({ client_id }) => client_id)).toEqual(["mine", "theirs"]);
    });
});

test("what was seen to here stays when another tab takes over the rest", () => {
  const one = storage.open();
  one((memory) => {
    memory.keep(entry("first", 1));
    memory.keep(entry("second", 2));
  });
  storage.catchUp();
  const other = storage.open();
  one((memory) => memory.drop(entry("first", 1)));
  other((memory) => memory.keep({ ...entry("second", 2), tab: "other" }));
  storage.catchUp();
  one((memory) => expect(memory.entries()).toEqual([{ ...entry("second", 2), tab: "other" }]));
});

test("forgetting leaves nothing of this site, and everything else", () => {
  const tab = storage.open();
  tab((memory) => {
    localStorage["klepet:other:draft"] = '"theirs"';
    memory.set({ draft: "mine", token: "secret" });
    memory.keep(entry("word", 1));
    memory.clear();
    expect(memory.get("token")).toBeUndefined();
    expect(memory.entries()).toEqual([]);
  });
  storage.catchUp();
  expect(storage.stored).toEqual({ "klepet:other:draft": '"theirs"' });
});

const denied = (): never => {
  throw new DOMException("denied", "SecurityError");
};

test.each<[string, ProxyHandler<object>]>([
  ["blocked", { get: denied, ownKeys: denied, set: denied, deleteProperty: denied }],
  ["full", { set: denied }],
])("where storage is %s the page remembers", (_, traps) => {
  const stored = { "klepet:shop:token": '"before"' };
  vi.stubGlobal("localStorage", new Proxy(stored, traps));
  vi.stubGlobal("sessionStorage", new Proxy({}, traps));
  const memory = openMemory("shop");
  expect(memory.isBlocked).toBe(true);
  expect(memory.get("token")).toBe(traps.get ? undefined : "before");
  memory.set({ token: "now", draft: "a word" });
  memory.keep(entry("word", 1));
  expect([memory.get("token"), memory.get("draft"), memory.entries().length]).toEqual(["now", "a word", 1]);
  memory.clear();
  expect([memory.get("draft"), memory.entries()]).toEqual([undefined, []]);
});

test("what is no longer readable is as good as missing", () => {
  vi.stubGlobal("localStorage", { "klepet:shop:draft": "{" });
  vi.stubGlobal("sessionStorage", {});
  expect(openMemory("shop").get("draft")).toBeUndefined();
});
