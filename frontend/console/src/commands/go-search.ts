import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_search",
  group: "go",
  keys: "/",
  run: () => go("/search"),
} satisfies Command;
