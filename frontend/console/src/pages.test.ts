import { expect, test } from "vitest";
import { appended, renewed, replaced, without } from "./pages.ts";

interface Named {
  id: string;
  name?: string;
}

const rows = (...ids: string[]): Named[] => ids.map((id) => ({ id }));
const ids = (list: readonly Named[] | null): string[] | null => list && list.map((row) => row.id);

test("an older page is put behind, and what came twice stays once", () => {
  expect(ids(appended(rows("9", "8", "7"), rows("7", "6", "5")))).toEqual(["9", "8", "7", "6", "5"]);
});

test("the newest page takes the place of what it covers, and older rows stay", () => {
  const held = [{ id: "8", name: "old" }, ...rows("7", "6", "5")];
  const found = renewed<Named>(held, [{ id: "9" }, { id: "8", name: "new" }, { id: "6" }]);
  expect(ids(found)).toEqual(["9", "8", "6", "5"]);
  expect(found?.[1]?.name).toBe("new");
});

test("a newest page that does not reach what is held begins anew", () => {
  expect(renewed(rows("5", "4"), rows("9", "8"))).toBeNull();
  expect(renewed(rows("5", "4"), [])).toBeNull();
  expect(renewed([], rows("9"))).toBeNull();
});

test("a row that moved up stands once", () => {
  expect(ids(renewed(rows("a", "b", "c", "d"), rows("d", "a", "b")))).toEqual(["d", "a", "b", "c"]);
});

test("a row of the stream changes only what is held", () => {
  const held = rows("3", "2");
  expect(replaced<Named>(held, { id: "2", name: "Ada" })).toEqual([{ id: "3" }, { id: "2", name: "Ada" }]);
  expect(replaced<Named>(held, { id: "1" })).toBe(held);
});

test("a row goes, and nothing changes when it was not there", () => {
  const held = rows("3", "2");
  expect(ids(without(held, "3"))).toEqual(["2"]);
  expect(without(held, "1")).toBe(held);
});
