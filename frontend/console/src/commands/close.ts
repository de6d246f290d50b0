import { current } from "../features/inbox/current.svelte.ts";
import { closeConversation } from "../features/inbox/conversation-actions.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.close",
  group: "conversation",
  place: 4,
  keys: "e",
  permission: "answer",
  isAvailable: () => current.conversation !== undefined && current.conversation.status !== "closed",
  run: () => void (current.conversation && closeConversation(current.conversation)),
} satisfies Command;
