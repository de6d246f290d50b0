import { cursor } from "../features/inbox/cursor.svelte.ts";
import { router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.previous",
  group: "list",
  place: 2,
  keys: "k",
  isAvailable: () => /^\/(inbox|contacts)/.test(router.path),
  run: () => cursor.step(-1),
} satisfies Command;
