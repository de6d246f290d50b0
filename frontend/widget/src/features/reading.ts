/** What this tab holds and the visitor has seen: receipts for the server, the count of what waits to be read. */
import type { Id } from "../../../protocol/generated.ts";
import { countUnread, type Reads } from "../state/unread.ts";
import type { Widget } from "../widget.ts";
import type { View } from "../window/view.ts";
import { showUnread } from "./news.ts";

const SLACK_PX = 8;

/** Seen is what ends above the lower edge of the transcript. */
function noteSeen({ scroll, transcript }: View, reads: Reads): void {
  const bottom = scroll.getBoundingClientRect().bottom + SLACK_PX;
  for (const { node, line } of transcript?.shown.values() ?? [])
    if (line.seq && node.getBoundingClientRect().bottom <= bottom) {
      const id = line.conversation_id as Id;
      reads[id] = Math.max(line.seq, reads[id] ?? 0);
    }
}

/** The answer says all of it again, for a new connection. */
export function followReading(widget: Widget): () => void {
  const { connection, reads } = widget;
  let said: Record<Id, string> = {};
  widget.read = () => {
    const { view, state } = widget;
    if (view && widget.isOpen && !document.hidden && document.hasFocus()) noteSeen(view, reads);
    const held: Record<Id, number> = {};
    for (const row of state.messages) held[row.conversation_id] = row.seq;
    for (const [conversation_id, delivered_seq] of Object.entries(held)) {
      const read_seq = reads[conversation_id] ?? 0;
      const now = delivered_seq + ":" + read_seq;
      if (said[conversation_id] !== now && connection.send({ type: "advance_receipt", conversation_id, delivered_seq, read_seq }))
        said[conversation_id] = now;
    }
    const unread = countUnread(state, reads);
    if (unread === widget.unread) return;
    widget.unread = unread;
    showUnread(widget);
  };
  addEventListener("focus", widget.read);
  return () => {
    said = {};
    widget.read();
  };
}
