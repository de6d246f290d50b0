import { current } from "../features/inbox/current.svelte.ts";
import { panes, showDetails } from "../features/inbox/panes.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.toggle_details",
  group: "conversation",
  place: 8,
  keys: "i",
  isAvailable: () => current.conversation !== undefined,
  run: () => showDetails(!panes.areDetailsShown),
} satisfies Command;
