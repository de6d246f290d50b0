import { current } from "../features/inbox/current.svelte.ts";
import { assignMenu } from "../features/inbox/assign-menu.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.assign",
  group: "conversation",
  place: 6,
  keys: "t",
  permission: "reassign",
  isAvailable: () => current.conversation !== undefined && current.conversation.status !== "closed",
  run: () => (assignMenu.isOpen = true),
} satisfies Command;
