import { expect, it } from "vitest";
import { byNeed, need, type Finding, type FindingState } from "./findings.ts";

const found = (...states: FindingState[]): Finding[] =>
  states.map((state, index) => ({ check: "disk", state, code: `code_${index}`, title: "Disk", text: "Text." }));

it("what needs somebody stands first, in the server's order otherwise", () => {
  const codes = byNeed(found("good", "note", "bad", "good", "warn", "bad")).map((finding) => finding.code);
  expect(codes).toEqual(["code_2", "code_5", "code_4", "code_1", "code_0", "code_3"]);
});

it("faults count, then what may become one; what is only worth knowing does not", () => {
  expect(need(found("bad", "warn", "warn", "bad"))).toEqual({ count: 2, state: "bad" });
  expect(need(found("warn", "note"))).toEqual({ count: 1, state: "warn" });
  expect(need(found("note", "good"))).toEqual({ count: 0, state: "good" });
});
