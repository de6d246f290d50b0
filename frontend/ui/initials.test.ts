import { expect, it } from "vitest";
import { initials } from "./initials.ts";

it("initials are the first and the last word's", () => {
  expect(["Ida", "Anna Maria Lindqvist", "Špela Črnič", "константин к.", "", "!!", "Zoë O’Donnell"].map(initials)).toEqual([
    "I",
    "AL",
    "ŠČ",
    "КК",
    "?",
    "?",
    "ZO",
  ]);
});
