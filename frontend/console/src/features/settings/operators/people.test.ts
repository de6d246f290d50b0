import { describe, expect, it } from "vitest";
import type { Operator } from "../../../../../protocol/generated.ts";
import { inOrder, whereabouts } from "./people.ts";

function operator(id: string, change: Partial<Operator> = {}): Operator {
  return {
    id,
    name: id,
    email: `${id}@example.com`,
    role: "operator",
    photo_url: null,
    availability: "accepting",
    is_disabled: false,
    language: "en",
    created_at: "2026-11-23T10:00:00Z",
    ...change,
  };
}

it("disabled operators stand last, all others in the order of their joining", () => {
  const people = [operator("3"), operator("1", { is_disabled: true }), operator("2")];
  expect(inOrder(people).map((one) => one.id)).toEqual(["2", "3", "1"]);
});

describe("where somebody is", () => {
  it.each([
    [{}, true, null, "accepting"],
    [{ availability: "away" }, true, null, "away"],
    [{ availability: "offline" }, true, null, "connected"],
    [{}, false, "2026-11-23T10:00:00Z", "seen"],
    [{}, false, null, "never"],
    [{}, false, undefined, "unknown"],
    [{ is_disabled: true }, true, null, "disabled"],
  ] as const)("%j, online %j, seen %j: %s", (change, isOnline, seen, where) => {
    expect(whereabouts(operator("1", change), isOnline, seen)).toBe(where);
  });
});
