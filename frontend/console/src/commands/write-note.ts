import { current } from "../features/inbox/current.svelte.ts";
import { write } from "../features/inbox/composer.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.write_note",
  group: "conversation",
  place: 3,
  keys: "n",
  permission: "answer",
  isAvailable: () => current.conversation !== undefined,
  run: () => write("note"),
} satisfies Command;
