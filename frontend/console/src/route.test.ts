import { describe, expect, it } from "vitest";
import { findRoute, formatHash, matchPath, parseHash } from "./route.ts";

describe("addresses", () => {
  it("are read with their query", () => {
    expect(parseHash("#/inbox/7?at=3")).toEqual({ path: "/inbox/7", query: { at: "3" } });
    expect(parseHash("")).toEqual({ path: "/", query: {} });
    expect(parseHash("#//inbox/")).toEqual({ path: "/inbox", query: {} });
  });

  it("are written so that they are read again", () => {
    const hash = formatHash("/search", { q: "a b & c" });
    expect(parseHash(hash)).toEqual({ path: "/search", query: { q: "a b & c" } });
  });
});

describe("patterns", () => {
  it("give parameters", () => {
    expect(matchPath("/reset/:token", "/reset/a%20b")).toEqual({ token: "a b" });
    expect(matchPath("/inbox/:id?", "/inbox")).toEqual({});
    expect(matchPath("/inbox/:id?", "/inbox/7")).toEqual({ id: "7" });
  });

  it("fit whole paths only", () => {
    expect(matchPath("/inbox/:id?", "/inbox/7/8")).toBeNull();
    expect(matchPath("/reset/:token", "/reset")).toBeNull();
    expect(matchPath("/inbox", "/search")).toBeNull();
  });

  it("do not fail on a broken escape", () => {
    expect(matchPath("/reset/:token", "/reset/%zz")).toEqual({ token: "%zz" });
  });

  it("are tried in order", () => {
    const table = [{ path: "/a" }, { path: "/:any" }];
    expect(findRoute(table, "/a")?.route).toBe(table[0]);
    expect(findRoute(table, "/b")).toEqual({ route: table[1], params: { any: "b" } });
    expect(findRoute(table, "/b/c")).toBeNull();
  });
});
