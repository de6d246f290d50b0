import { current } from "../features/inbox/current.svelte.ts";
import { write } from "../features/inbox/composer.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.write_reply",
  group: "conversation",
  place: 2,
  keys: "r",
  permission: "answer",
  isAvailable: () => current.conversation !== undefined,
  run: () => write("text"),
} satisfies Command;
