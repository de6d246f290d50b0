import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_inbox",
  group: "go",
  place: 1,
  keys: "g i",
  run: () => go("/inbox"),
} satisfies Command;
