import { showView } from "../features/inbox/lists.svelte.ts";
import { go, router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_closed",
  group: "list",
  place: 9,
  keys: "4",
  run: () => {
    if (!router.path.startsWith("/inbox")) go("/inbox");
    showView("closed");
  },
} satisfies Command;
