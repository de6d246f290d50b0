import { showView } from "../features/inbox/lists.svelte.ts";
import { go, router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.go_queued",
  group: "list",
  place: 6,
  keys: "1",
  run: () => {
    if (!router.path.startsWith("/inbox")) go("/inbox");
    showView("queued");
  },
} satisfies Command;
