/** Earlier messages, a page at a time, back to the first word. */
import type { Id, Message } from "../../../protocol/generated.ts";
import { TRANSCRIPT_PAGE } from "../../../protocol/generated.ts";
import { withMessages } from "../state/reduce.ts";
import type { Widget } from "../widget.ts";

interface Page {
  items: Message[];
  has_more: boolean;
}

const RETRY_MS = 5_000;
const busy = new WeakMap<Widget, number>();
/** By conversation, the first message that is here, where there is none before it; a snapshot may drop it again. */
const wholes = new WeakMap<Widget, Map<Id, number>>();

export async function loadOlder(widget: Widget): Promise<void> {
  if ((busy.get(widget) ?? 0) > Date.now()) return;
  const { tag, memory } = widget;
  const whole = wholes.get(widget) ?? new Map<Id, number>();
  wholes.set(widget, whole);
  const firstOf = (id: Id): number => widget.state.messages.find((row) => row.conversation_id === id)?.seq ?? 0;
  const isWhole = ({ id }: { id: Id }): boolean => firstOf(id) === 1 || whole.get(id) === firstOf(id);
  const next = widget.state.conversations.find((row) => !isWhole(row));
  if (!next) {
    widget.isComplete = true;
    return widget.render();
  }
  busy.set(widget, Date.now() + RETRY_MS);
  const before = firstOf(next.id);
  const query = `?limit=${TRANSCRIPT_PAGE}` + (before ? `&before=${before}` : "");
  const answer = await fetch(tag.url(`api/v1/visitor/conversations/${next.id}/messages${query}`), {
    headers: { Authorization: `Bearer ${memory.get("token")}` },
  }).catch(() => undefined);
  if (!answer?.ok) return;
  const page = (await answer.json()) as Page;
  busy.delete(widget);
  widget.state = withMessages(widget.state, page.items);
  if (!page.has_more) whole.set(next.id, firstOf(next.id));
  widget.isComplete = widget.state.conversations.every(isWhole);
  widget.render();
}
