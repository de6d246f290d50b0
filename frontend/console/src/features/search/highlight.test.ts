import { expect, it } from "vitest";
import { excerpt, folded, highlighted } from "./highlight.ts";

const found = (text: string, query: string): string[] => highlighted(text, query).filter((piece) => piece.isFound).map((piece) => piece.text);

it("words are found whatever their case and accents", () => {
  expect(found("Żółty łabędź płynie", "lab")).toEqual(["łabędź"]);
  expect(found("Ёлка и ЕЛКА", "елка")).toEqual(["Ёлка", "ЕЛКА"]);
  expect(found("Čmrlj", "cmr")).toEqual(["Čmrlj"]);
  expect(folded("Straße Ærø")).toBe("strasse aero");
});

it("the last word may be a beginning, the others are whole", () => {
  expect(found("track tracking trace", "track tra")).toEqual(["track", "tracking", "trace"]);
  expect(found("tracking lamp", "track lam")).toEqual(["lamp"]);
});

it("no letter is lost", () => {
  expect(highlighted("a, b! Ć", "b").map((piece) => piece.text).join("")).toBe("a, b! Ć");
});

it("of a long text the part around the word is shown", () => {
  const text = `${"word ".repeat(200)}needle${" word".repeat(200)}`;
  const pieces = excerpt(text, "needle");
  const before = pieces.slice(0, pieces.findIndex((piece) => piece.isFound)).map((piece) => piece.text).join("");
  expect(before.startsWith("…")).toBe(true);
  expect(before.length).toBeLessThan(120);
});
