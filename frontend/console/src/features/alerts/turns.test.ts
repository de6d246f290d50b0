import { beforeEach, describe, expect, it } from "vitest";
import { Turns } from "./turns.ts";

let kept: Map<string, string>;
let ears: Map<string, (call: string) => void>;
let waiting: { run: () => void; milliseconds: number }[];
let rang: string[];

function open(tab: string, storage: "kept" | "none" = "kept"): Turns {
  return new Turns({
    tab,
    storage: storage === "kept" ? { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value) } : null,
    channel: (heard) => {
      ears.set(tab, heard);
      return {
        post: (call) => ears.forEach((ear, other) => other !== tab && ear(call)),
        close: () => ears.delete(tab),
      };
    },
    later: (run, milliseconds) => waiting.push({ run, milliseconds }),
    random: () => (tab === "one" ? 0.2 : 0.1),
  });
}

function timePasses(): void {
  for (const { run } of waiting.sort((one, other) => one.milliseconds - other.milliseconds)) run();
  waiting = [];
}

function comes(call: string, tabs: Record<string, Turns>): void {
  for (const [name, tab] of Object.entries(tabs)) tab.take(call, () => rang.push(name));
}

describe("turns", () => {
  beforeEach(() => {
    [kept, ears, waiting, rang] = [new Map(), new Map(), [], []];
  });

  it("are of the tab that was used last, at once", () => {
    const [one, two] = [open("one"), open("two")];
    two.use();
    comes("a", { one, two });
    expect(rang).toEqual(["two"]);
    one.use();
    comes("b", { one, two });
    expect(rang).toEqual(["two", "one"]);
    timePasses();
    expect(rang).toEqual(["two", "one"]);
  });

  it("are of one of the others where that tab is silent", () => {
    const [one, two] = [open("one"), open("two")];
    open("gone").use();
    comes("a", { one, two });
    expect(rang).toEqual([]);
    timePasses();
    expect(rang).toEqual(["two"]);
  });

  it("are not taken again by a tab that learns of the call late", () => {
    const [one, two] = [open("one"), open("two")];
    one.use();
    comes("a", { two });
    timePasses();
    comes("a", { one });
    expect(rang).toEqual(["two"]);
  });

  it("do not need the storage", () => {
    const [one, two] = [open("one", "none"), open("two", "none")];
    one.use();
    comes("a", { one, two });
    timePasses();
    expect(rang).toEqual(["two"]);
  });

  it("forget old calls", () => {
    const one = open("one");
    one.use();
    for (let number = 0; number < 200; number++) comes(String(number), { one });
    comes("0", { one });
    expect(rang.length).toBe(201);
  });
});
