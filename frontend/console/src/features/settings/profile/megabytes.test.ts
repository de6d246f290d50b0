import { expect, it } from "vitest";
import { megabytes } from "./megabytes.ts";

it("too large never looks like the limit", () => {
  const limit = 5 * 1024 * 1024;
  expect(megabytes(limit)).toBe(5);
  expect(megabytes(limit + 1)).toBe(5.1);
  expect(megabytes(14 * 1024 * 1024)).toBe(14);
});
