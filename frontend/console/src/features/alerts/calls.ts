/** Which frames call for this operator. Pure. */
import type { Conversation, Message, ServerFrame } from "../../../../protocol/generated.ts";
import { conversationOf, type State } from "../../state/reduce.ts";

export interface Call {
  kind: "queued" | "message";
  message: Message;
  row: Conversation;
}

/** Somebody new in the queue, or a word in a conversation of mine. More words of somebody queued do not call again. */
export function callOf(frame: ServerFrame, before: State, state: State): Call | null {
  if (frame.type !== "event" || frame.event.type !== "message.sent" || frame.event.author_kind !== "visitor") return null;
  const message = frame.messages?.find((candidate) => candidate.author.kind === "visitor");
  const row = message && conversationOf(state, message.conversation_id);
  if (!message || !row) return null;
  if (row.assignee_id === state.me) return { kind: "message", message, row };
  if (row.assignee_id !== null) return null;
  const earlier = before.conversations.get(row.id);
  const isNew = !earlier?.last_line || earlier.assignee_id !== null || message.seq === 1;
  return isNew ? { kind: "queued", message, row } : null;
}
