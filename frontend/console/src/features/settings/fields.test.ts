import { expect, it } from "vitest";
import { fieldName } from "./fields.ts";

it.each([
  ["name", "name"],
  ["settings.colour", "colour"],
  ["settings.greeting.pl", "greeting"],
  ["settings.allowed_origins[2]", "allowed_origins"],
])("%s is of %s", (path, name) => {
  expect(fieldName(path)).toBe(name);
});
