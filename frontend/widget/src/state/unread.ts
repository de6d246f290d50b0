/** What the visitor has not read yet. */
import type { Id } from "../../../protocol/generated.ts";
import type { State } from "./reduce.ts";

/** How far each conversation was read in this tab, before the server says so. */
export type Reads = Record<Id, number>;

export function countUnread(state: State, reads: Reads): number {
  return state.conversations.reduce((sum, { id, last_seq, unread_count }) => {
    const newest = state.messages.findLast((row) => row.conversation_id === id)?.seq ?? last_seq;
    return sum + ((reads[id] ?? 0) < newest ? unread_count : 0);
  }, 0);
}
