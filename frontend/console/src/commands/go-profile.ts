import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_profile",
  group: "go",
  place: 5,
  keys: "g p",
  run: () => go("/settings/profile"),
} satisfies Command;
