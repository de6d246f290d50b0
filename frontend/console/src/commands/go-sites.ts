import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_sites",
  group: "go",
  place: 6,
  permission: "manage_sites",
  run: () => go("/settings/sites"),
} satisfies Command;
