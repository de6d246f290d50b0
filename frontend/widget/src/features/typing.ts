/** Says that the visitor types, again and again while it goes on, and that it stopped. */
import type { Widget } from "../widget.ts";

const REPEAT_MS = 4_000;

export function followTyping(widget: Widget): void {
  let typedAt = 0;
  widget.type = (is_typing) => {
    const conversation_id = widget.state.conversations[0]?.id;
    if (!conversation_id || (is_typing ? Date.now() - typedAt < REPEAT_MS : !typedAt)) return;
    typedAt = is_typing ? Date.now() : 0;
    widget.connection.send({ type: "set_typing", conversation_id, is_typing });
  };
}
