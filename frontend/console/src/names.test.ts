import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALIAS_HUES, aliasOf, hashOf } from "./names.ts";

const LANGUAGES = ["en", "pl", "ru", "sl"];

function lists(language: string): { colours: string[]; animals: string[] } {
  const file = new URL(`../../../klepet/texts/${language}/console.json`, import.meta.url);
  const texts = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  return { colours: (texts["alias.colours"] ?? "").split(" "), animals: (texts["alias.animals"] ?? "").split(" ") };
}

describe("names of nameless people", () => {
  it("always belong to the same id", () => {
    expect(aliasOf("019a-1", 12, 39)).toEqual(aliasOf("019a-1", 12, 39));
  });

  it("are the same animal in every language, so that colleagues mean the same person", () => {
    const counts = LANGUAGES.map(lists).map(({ colours, animals }) => [colours.length, animals.length]);
    expect(new Set(counts.map(String)).size).toBe(1);
    expect(counts[0]?.[0]).toBe(ALIAS_HUES.length);
  });

  it("have no word twice", () => {
    for (const { colours, animals } of LANGUAGES.map(lists)) {
      expect(new Set(colours).size).toBe(colours.length);
      expect(new Set(animals).size).toBe(animals.length);
    }
  });

  it("differ for ids that follow one another", () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `019aab00-0000-7000-8000-${index.toString(16).padStart(12, "0")}`);
    const names = new Set(ids.map((id) => JSON.stringify(aliasOf(id, 12, 39))));
    expect(names.size).toBeGreaterThan(440);
    expect(hashOf(ids[0] ?? "")).not.toBe(hashOf(ids[1] ?? ""));
  });
});
