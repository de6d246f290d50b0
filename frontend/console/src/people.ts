/** What people are called on screen. */
import type { Contact, Id } from "../../protocol/generated.ts";
import { t } from "./i18n.svelte.ts";
import { ALIAS_HUES, aliasOf } from "./names.ts";

/** The contact's name, else an animal with a colour: never just "Visitor". */
export function nameOf(contact: Pick<Contact, "id" | "name"> | undefined, id: Id): string {
  return contact?.name?.trim() || aliasName(id);
}

function aliasName(id: Id): string {
  const colours = t("alias.colours").split(" ");
  const animals = t("alias.animals").split(" ");
  const alias = aliasOf(id, colours.length, animals.length);
  return t("alias.name", { colour: colours[alias.colour] ?? "", animal: animals[alias.animal] ?? "" });
}

/** The colour of a contact's face. */
export function hueOf(id: Id): number {
  return ALIAS_HUES[aliasOf(id, ALIAS_HUES.length, 1).colour] ?? 262;
}
