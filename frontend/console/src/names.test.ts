import { describe, expect, it } from "vitest";
import en from "../../../klepet/texts/en/console.json";
import pl from "../../../klepet/texts/pl/console.json";
import ru from "../../../klepet/texts/ru/console.json";
import sl from "../../../klepet/texts/sl/console.json";
import { ALIAS_HUES, aliasOf, hashOf } from "./names.ts";

const LISTS = [en, pl, ru, sl].map((texts) => ({
  colours: texts["alias.colours"].split(" "),
  animals: texts["alias.animals"].split(" "),
}));

describe("names of nameless people", () => {
  it("always belong to the same id", () => {
    expect(aliasOf("019a-1", 12, 39)).toEqual(aliasOf("019a-1", 12, 39));
  });

  it("are the same animal in every language, so that colleagues mean the same person", () => {
    const counts = LISTS.map(({ colours, animals }) => [colours.length, animals.length]);
    expect(new Set(counts.map(String)).size).toBe(1);
    expect(counts[0]?.[0]).toBe(ALIAS_HUES.length);
  });

  it("have no word twice", () => {
    for (const { colours, animals } of LISTS) {
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
