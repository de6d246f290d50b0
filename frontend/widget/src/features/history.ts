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
/** Conversations of which the first message is here. */
const whole = new WeakMap<Widget, Set<Id>>();

export async function loadOlder(widget: Widget): Promise<void> {
  if ((busy.get(widget) ?? 0) > Date.now()) return;
  const { state, tag, memory } = widget;
  const done = whole.get(widget) ?? new Set();
  whole.set(widget, done);
  const firstOf = (id: Id): Message | undefined => state.messages.find((row) => row.conversation_id === id);
  for (const { id } of state.conversations) if (firstOf(id)?.seq === 1) done.add(id);
  const next = state.conversations.find(({ id }) => !done.has(id));
  if (!next) {
    widget.isComplete = true;
    return widget.render();
  }
  busy.set(widget, Date.now() + RETRY_MS);
  const before = firstOf(next.id)?.seq;
  const query = `?limit=${TRANSCRIPT_PAGE}` + (before ? `&before=${before}` : "");
  const answer = await fetch(tag.url(`api/v1/visitor/conversations/${next.id}/messages${query}`), {
    headers: { Authorization: `Bearer ${memory.get().token}` },
  }).catch(() => undefined);
  if (!answer?.ok) return;
  const page = (await answer.json()) as Page;
  if (!page.has_more) done.add(next.id);
  busy.delete(widget);
  widget.state = withMessages(widget.state, page.items);
  widget.isComplete = !page.has_more && widget.state.conversations.every(({ id }) => done.has(id));
  widget.render();
}
