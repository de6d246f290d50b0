import { expect, it } from "vitest";
import { pagesFor, SETTINGS_PAGES, titleOf } from "./pages.ts";

it("an operator sees the own profile, and no page that manages others", () => {
  const names = pagesFor(["answer", "see_contacts"]).map((page) => page.name);
  expect(names).toContain("profile");
  expect(names).not.toContain("sites");
});

it("an owner sees every page", () => {
  const all = pagesFor(["answer", "reassign", "see_contacts", "erase_contacts", "manage_sites", "manage_operators", "manage_integrations"]);
  expect(all).toEqual(SETTINGS_PAGES);
});

it("titles are keys of the catalogue", () => {
  for (const page of SETTINGS_PAGES) expect(titleOf(page.name)).toMatch(/^settings\.page_[a-z_]+$/);
});
