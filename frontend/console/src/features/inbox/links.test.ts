import { expect, it } from "vitest";
import { partsOf } from "./links.ts";

const addresses = (text: string): (string | undefined)[] => partsOf(text).flatMap((part) => part.href ?? []);

it("addresses are found, without the punctuation of the sentence", () => {
  expect(addresses("See https://a.example/x?y=1, and (https://b.example/z).")).toEqual(["https://a.example/x?y=1", "https://b.example/z"]);
  expect(addresses("https://c.example/a_(b)")).toEqual(["https://c.example/a_(b)"]);
});

it("nothing but web addresses becomes a link", () => {
  expect(addresses("javascript:alert(1) data:text/html,x http:// <b>https</b>")).toEqual([]);
});

it("no letter of a text is lost", () => {
  for (const text of ["", "plain", "a https://x.example b", "https://x.example.", "https://x.example https://y.example"]) {
    expect(partsOf(text).map((part) => part.text).join("")).toBe(text);
  }
});
