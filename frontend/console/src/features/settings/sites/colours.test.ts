import { describe, expect, it } from "vitest";
import { colourFrom, contrastOf, groundAndInk } from "./colours.ts";

describe("a colour that is typed", () => {
  it.each([
    ["#2f6f5e", "#2f6f5e"],
    [" 2F6F5E ", "#2f6f5e"],
    ["#abc", "#aabbcc"],
    ["green", null],
    ["#12345", null],
    ["#1234567", null],
    ["", null],
  ])("%j is %j", (typed, colour) => {
    expect(colourFrom(typed)).toBe(colour);
  });
});

describe("the ground of a colour", () => {
  it.each([
    ["#ffffff", "#ffffff", "#000000"],
    ["#F4C430", "#f4c430", "#000000"],
    ["#000000", "#000000", "#ffffff"],
    ["#2f6f5e", "#2f6f5e", "#ffffff"],
  ])("%s stays, with ink %s", (colour, ground, ink) => {
    expect(groundAndInk(colour)).toEqual({ ground, ink });
  });

  it("always carries its text", () => {
    for (let step = 0; step < 4096; step += 7) {
      const colour = `#${[...step.toString(16).padStart(3, "0")].map((digit) => digit + digit).join("")}`;
      const drawn = groundAndInk(colour);
      expect(contrastOf(drawn), `${colour} as ${drawn.ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("is darkened only where white needs it", () => {
    expect(groundAndInk("#e0218a").ground).not.toBe("#e0218a");
    expect(groundAndInk("#1a3a8a").ground).toBe("#1a3a8a");
  });
});
