import { expect, it } from "vitest";
import { pathOf, refusedOrigins, verdictOf, type Check } from "./verdict.ts";

function check(origin: string, minute: number, isRefused = false): Check {
  const at = `2026-11-23T10:${String(minute).padStart(2, "0")}:00Z`;
  return { origin, page: `${origin}/a`, first_at: at, last_at: at, count: 1, refused_reason: isRefused ? "no" : null };
}

it("nothing asked, or only our own chat page: nothing is installed yet", () => {
  expect(verdictOf([])).toEqual({ kind: "silent" });
  expect(verdictOf([check("", 1)])).toEqual({ kind: "silent" });
});

it("one page that was answered is enough, though another was refused later", () => {
  const works = check("https://a.example", 1);
  expect(verdictOf([check("https://b.example", 5, true), works])).toEqual({ kind: "works", check: works });
});

it("only refusals: the newest is told", () => {
  const newest = check("https://b.example", 5, true);
  expect(verdictOf([check("https://a.example", 2, true), newest])).toEqual({ kind: "refused", check: newest });
});

it("refused origins are offered once, and not when they are allowed by now or have no name", () => {
  const checks = [check("https://b.example", 5, true), check("https://b.example", 4, true), check("https://c.example", 3, true), check("null", 2, true)];
  expect(refusedOrigins(checks, ["https://c.example"])).toEqual(["https://b.example"]);
});

it("a page stands without its origin", () => {
  expect(pathOf(check("https://a.example", 1))).toBe("/a");
  expect(pathOf({ ...check("https://a.example", 1), page: "https://a.example" })).toBe("/");
  expect(pathOf({ ...check("https://a.example", 1), page: "https://other.example/b" })).toBe("https://other.example/b");
});
