import { current } from "../features/inbox/current.svelte.ts";
import { reopenConversation } from "../features/inbox/conversation-actions.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.reopen",
  group: "conversation",
  place: 5,
  keys: "o",
  permission: "answer",
  isAvailable: () => current.conversation?.status === "closed",
  run: () => void (current.id && reopenConversation(current.id)),
} satisfies Command;
