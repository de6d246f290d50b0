import { describe, expect, it } from "vitest";
import { originFrom } from "./origins.ts";

describe("the address of a website", () => {
  it.each([
    ["https://shop.example", "https://shop.example"],
    ["https://Shop.Example/", "https://shop.example"],
    ["shop.example", "https://shop.example"],
    ["localhost:3000", "http://localhost:3000"],
    ["127.0.0.1:8421", "http://127.0.0.1:8421"],
    ["http://localhost:*", "http://localhost:*"],
    ["https://*.shop.example", "https://*.shop.example"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["http://intranet", "http://intranet"],
    ["https://żółw.example", "https://żółw.example"],
  ])("%j is the origin %j", (text, origin) => {
    expect(originFrom(text)).toEqual({ origin });
  });

  it.each([
    ["", "empty"],
    ["  ", "empty"],
    ["https://", "host"],
    ["ftp://shop.example", "scheme"],
    ["https://one.example https://two.example", "spaces"],
    ["https://shop.*.example", "wildcard"],
    ["https://*.example.*", "wildcard"],
    ["https://*.com5x", "wildcard"],
    ["https://*", "wildcard"],
    ["https://shop.example:99999", "port"],
    ["https://shop.example:http", "port"],
    ["https://me@shop.example", "host"],
  ])("%j is wrong in its %s", (text, fault) => {
    expect(originFrom(text)).toEqual({ fault });
  });

  it.each([
    ["https://shop.example/cart?a=1", "https://shop.example"],
    ["shop.example/cart", "https://shop.example"],
    ["http://localhost:3000/x", "http://localhost:3000"],
  ])("of %j is probably %j", (text, suggestion) => {
    expect(originFrom(text)).toEqual({ fault: "path", suggestion });
  });
});
