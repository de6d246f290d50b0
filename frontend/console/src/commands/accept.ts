import { current } from "../features/inbox/current.svelte.ts";
import { acceptConversation } from "../features/inbox/conversation-actions.ts";
import { isQueued } from "../features/inbox/lists.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.accept",
  group: "conversation",
  place: 1,
  keys: "a",
  permission: "answer",
  isAvailable: () => current.conversation !== undefined && isQueued(current.conversation),
  run: () => void (current.conversation && acceptConversation(current.conversation)),
} satisfies Command;
