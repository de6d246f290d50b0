import { showView } from "../features/inbox/lists.svelte.ts";
import { go, router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_all",
  group: "list",
  place: 8,
  keys: "3",
  run: () => {
    if (!router.path.startsWith("/inbox")) go("/inbox");
    showView("all");
  },
} satisfies Command;
