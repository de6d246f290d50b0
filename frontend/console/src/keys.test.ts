import { describe, expect, it } from "vitest";
import { isCharacter, labelsOf, matchKeys, strokeOf, type Press } from "./keys.ts";

function press(key: string, code: string, over: Partial<Press> = {}): Press {
  return { key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...over };
}

describe("strokes", () => {
  it("are the letter, whatever the layout", () => {
    expect(strokeOf(press("j", "KeyJ"))).toBe("j");
    expect(strokeOf(press("о", "KeyJ"))).toBe("j");
  });

  it("of other characters are what is written on them", () => {
    expect(strokeOf(press("?", "Slash", { shiftKey: true }))).toBe("?");
    expect(strokeOf(press("?", "Digit7", { shiftKey: true }))).toBe("?");
  });

  it("carry their modifiers", () => {
    expect(strokeOf(press("k", "KeyK", { ctrlKey: true }))).toBe("mod+k");
    expect(strokeOf(press("k", "KeyK", { metaKey: true }))).toBe("mod+k");
    expect(strokeOf(press("ArrowDown", "ArrowDown", { altKey: true }))).toBe("alt+arrowdown");
    expect(strokeOf(press("J", "KeyJ", { shiftKey: true }))).toBe("shift+j");
    expect(strokeOf(press("Shift", "ShiftLeft", { shiftKey: true }))).toBe("");
  });

  it("that are characters can be told from others", () => {
    expect(["j", "?", "mod+k", "escape"].map(isCharacter)).toEqual([true, true, false, false]);
  });
});

describe("sequences", () => {
  const commands = [{ keys: "g i" }, { keys: "i" }, { keys: "g c" }];

  it("wait for their second key", () => {
    expect(matchKeys(commands, "", "g")).toEqual({ command: null, rest: "g" });
    expect(matchKeys(commands, "g", "i")).toEqual({ command: commands[0], rest: "" });
  });

  it("that lead nowhere leave the key to itself", () => {
    expect(matchKeys(commands, "g", "x")).toEqual({ command: null, rest: "" });
    expect(matchKeys(commands, "x", "i")).toEqual({ command: commands[1], rest: "" });
  });
});

it("keys are written as on the keyboard", () => {
  expect(labelsOf("mod+k", false)).toEqual([["Ctrl", "K"]]);
  expect(labelsOf("mod+k", true)).toEqual([["⌘", "K"]]);
  expect(labelsOf("g i", false)).toEqual([["G"], ["I"]]);
  expect(labelsOf("alt+arrowdown", false)).toEqual([["Alt", "↓"]]);
});
