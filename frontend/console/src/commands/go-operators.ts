import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_operators",
  group: "go",
  place: 7,
  permission: "manage_operators",
  run: () => go("/settings/operators"),
} satisfies Command;
