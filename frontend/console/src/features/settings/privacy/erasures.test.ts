import { expect, test } from "vitest";
import { isUnderWay } from "./erasures.ts";

test("only what runs changes by itself", () => {
  expect(isUnderWay([{ state: "finished" }, { state: "failed" }])).toBe(false);
  expect(isUnderWay([{ state: "finished" }, { state: "running" }])).toBe(true);
  expect(isUnderWay([])).toBe(false);
});
