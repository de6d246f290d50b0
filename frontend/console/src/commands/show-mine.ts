import { showView } from "../features/inbox/lists.svelte.ts";
import { go, router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_mine",
  group: "list",
  place: 7,
  keys: "2",
  run: () => {
    if (!router.path.startsWith("/inbox")) go("/inbox");
    showView("mine");
  },
} satisfies Command;
