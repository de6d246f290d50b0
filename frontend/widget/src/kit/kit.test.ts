import { expect, test } from "vitest";
import { splitLinks } from "./links.ts";
import { plural } from "./plural.ts";
import { fill } from "./texts.ts";

const linksIn = (text: string): string[] => splitLinks(text).filter((_, index) => index % 2);

test("addresses are found, and what ends the sentence is not theirs", () => {
  expect(linksIn("see https://example.com/a, or (http://example.org/b_(c)).")).toEqual([
    "https://example.com/a",
    "http://example.org/b_(c)",
  ]);
  expect(linksIn("»https://example.com/ž?q=1&r=2#x«")).toHaveLength(1);
});

test("nothing is lost between the pieces", () => {
  const text = "a https://example.com. b http://x.y/z! c";
  expect(splitLinks(text).join("")).toBe(text);
});

test.each(["javascript:alert(1)", "data:text/html,x", "ftp://example.com", "https://", "http:// x", "example.com"])(
  "%s is no link",
  (text) => expect(linksIn(text)).toEqual([]),
);

test("values and plurals are put in", () => {
  const speaker = {
    language: "pl",
    texts: { "launcher.unread": { one: "{count} nowa", few: "{count} nowe", many: "{count} nowych", other: "{count} nowej" } },
  };
  expect(fill("Menu {name}{none}", { name: "$&" })).toBe("Menu $&");
  expect([1, 3, 5, 22].map((count) => plural(speaker, "launcher.unread", count))).toEqual(["1 nowa", "3 nowe", "5 nowych", "22 nowe"]);
});
