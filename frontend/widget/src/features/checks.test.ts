import { expect, test } from "vitest";
import * as is from "./checks.ts";

test.each([
  [is.text(3)("abcd", "name"), 'name must be text of 1 to 3 characters, not "abcd"'],
  [is.wholeNumber(1.5, "quantity"), "quantity must be a whole number above 0, not 1.5"],
  [is.oneOf(["a", "b"])("c", "event"), 'event must be one of a, b, not "c"'],
  [is.attributes({ plan: { deep: 1 } }, "attributes"), 'attributes.plan must be text, a number, true, false or null, not {"deep":1}'],
  [is.attributes({ score: NaN }, "attributes"), "attributes.score must be a finite number"],
  [is.attributes([], "attributes"), "attributes must be an object of names and plain values, not []"],
  [is.fields({ id: is.text(5) })({ id: "1", price: 2 }, "order"), 'order has no field "price"; it has id'],
  [is.fields({ id: is.text(5) })({}, "order"), "order.id must be text of 1 to 5 characters, not undefined"],
  [is.listOf(is.wholeNumber, 2)([1, 2, 3], "items"), "items has 3 entries; the limit is 2"],
  [is.listOf(is.wholeNumber, 2)([1, "2"], "items"), 'items[1] must be a whole number above 0, not "2"'],
])("%#: says what is wrong", (said, expected) => expect(said).toBe(expected));

test("what is right passes", () => {
  expect(is.fields({ "name?": is.text(5) })({ name: null }, "who")).toBeUndefined();
  expect(is.attributes({ a: "x", b: 1, c: true, d: null }, "attributes")).toBeUndefined();
});
