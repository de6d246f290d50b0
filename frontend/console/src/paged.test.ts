import { expect, test } from "vitest";
import type { Page } from "./api.ts";
import { Paged } from "./paged.svelte.ts";

interface Named {
  id: string;
}

/** A server that holds rows and answers when it is told to. */
class Shelf {
  rows: string[];
  asked: (string | null)[] = [];
  failure: Error | null = null;
  gate: Promise<void> = Promise.resolve();

  constructor(...rows: string[]) {
    this.rows = rows;
  }

  readonly list = new Paged<Named>(async (cursor): Promise<Page<Named>> => {
    this.asked.push(cursor);
    const held = [...this.rows];
    await this.gate;
    if (this.failure) throw this.failure;
    const from = cursor === null ? 0 : held.indexOf(cursor) + 1;
    const items = held.slice(from, from + 2).map((id) => ({ id }));
    return { items, next_cursor: from + 2 < held.length ? (items.at(-1)?.id ?? null) : null };
  });

  get shown(): string[] {
    return this.list.rows.map((row) => row.id);
  }
}

test("pages come one after the other until there are no more", async () => {
  const shelf = new Shelf("e", "d", "c", "b", "a");
  for (const expected of [2, 4, 5, 5]) {
    await shelf.list.more();
    expect(shelf.list.rows).toHaveLength(expected);
  }
  expect(shelf.shown).toEqual(["e", "d", "c", "b", "a"]);
  expect(shelf.asked).toEqual([null, "d", "b"]);
  expect(shelf.list.hasMore).toBe(false);
});

test("what is newer comes on top, and what was read below stays and goes on", async () => {
  const shelf = new Shelf("d", "c", "b", "a");
  await shelf.list.more();
  await shelf.list.more();
  shelf.rows = ["e", "d", "c", "b", "a"];
  await shelf.list.renew();
  expect(shelf.shown).toEqual(["e", "d", "c", "b", "a"]);
  expect(shelf.list.hasMore).toBe(false);
});

test("a list that has moved on too far begins anew", async () => {
  const shelf = new Shelf("b", "a");
  await shelf.list.more();
  shelf.rows = ["f", "e", "d", "c", "b", "a"];
  await shelf.list.renew();
  expect(shelf.shown).toEqual(["f", "e"]);
  await shelf.list.more();
  expect(shelf.shown).toEqual(["f", "e", "d", "c"]);
});

test("another question makes the answer to the one before worthless", async () => {
  const shelf = new Shelf("old");
  let open: () => void = () => undefined;
  shelf.gate = new Promise((resolve) => (open = resolve));
  const first = shelf.list.more();
  shelf.rows = ["new"];
  shelf.gate = Promise.resolve();
  await shelf.list.restart();
  open();
  await first;
  expect(shelf.shown).toEqual(["new"]);
  expect(shelf.list.isLoading).toBe(false);
});

test("a failure leaves what is there and can be tried again", async () => {
  const shelf = new Shelf("c", "b", "a");
  await shelf.list.more();
  shelf.failure = new Error("offline");
  await shelf.list.more();
  expect(shelf.list.error).toBe(shelf.failure);
  expect(shelf.shown).toEqual(["c", "b"]);
  shelf.failure = null;
  await shelf.list.more();
  expect(shelf.list.error).toBeNull();
  expect(shelf.shown).toEqual(["c", "b", "a"]);
});

test("nobody is answered who has gone away", async () => {
  const shelf = new Shelf("a");
  const asked = shelf.list.more();
  shelf.list.stop();
  await asked;
  expect(shelf.shown).toEqual([]);
});
