import { cursor } from "../features/inbox/cursor.svelte.ts";
import { router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.next",
  group: "list",
  place: 1,
  keys: "j",
  isAvailable: () => /^\/(inbox|contacts)/.test(router.path),
  run: () => cursor.step(1),
} satisfies Command;
