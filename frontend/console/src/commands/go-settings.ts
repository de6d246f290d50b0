import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_settings",
  group: "go",
  place: 4,
  keys: "g s",
  run: () => go("/settings"),
} satisfies Command;
