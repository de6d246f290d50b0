import { go } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_search",
  group: "go",
  place: 3,
  keys: "/",
  run: () => go("/search"),
} satisfies Command;
