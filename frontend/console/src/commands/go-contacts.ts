import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_contacts",
  group: "go",
  place: 2,
  keys: "g c",
  permission: "see_contacts",
  run: () => go("/contacts"),
} satisfies Command;
