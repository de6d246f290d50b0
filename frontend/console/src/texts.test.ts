import { describe, expect, it } from "vitest";
import { fillText, negotiateLanguage, type Catalogue } from "./texts.ts";

const catalogue: Catalogue = {
  hello: "Hello {name}",
  days: { one: "{count} день", few: "{count} дня", many: "{count} дней", other: "{count} дня" },
};

describe("texts", () => {
  it("are filled with values", () => {
    expect(fillText(catalogue, "en", "hello", { name: "Ida" })).toBe("Hello Ida");
    expect(fillText(catalogue, "en", "hello", { name: "{count}" })).toBe("Hello {count}");
  });

  it("choose the plural of the language", () => {
    expect([1, 3, 5, 21].map((count) => fillText(catalogue, "ru", "days", { count }))).toEqual(["1 день", "3 дня", "5 дней", "21 день"]);
  });

  it("that are missing show their key", () => {
    expect(fillText(catalogue, "en", "nothing")).toBe("nothing");
  });

  it("write numbers as the language does", () => {
    expect(fillText({ n: "{count}" }, "en", "n", { count: 1234567 })).toBe("1,234,567");
  });
});

it("the language is the first of ours that somebody prefers", () => {
  const ours = ["en", "pl", "ru", "sl"];
  expect(negotiateLanguage(["de-AT", "sl-SI", "en"], ours)).toBe("sl");
  expect(negotiateLanguage(["de"], ours)).toBe("en");
});
