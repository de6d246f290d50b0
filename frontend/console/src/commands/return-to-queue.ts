import { returnToQueue } from "../features/inbox/conversation-actions.ts";
import { current, isHeldByMe } from "../features/inbox/current.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.to_queue",
  group: "conversation",
  place: 7,
  keys: "q",
  permission: "answer",
  isAvailable: () => isHeldByMe(),
  run: () => void (current.conversation && returnToQueue(current.conversation)),
} satisfies Command;
