/** What stands below the messages when there is something to say: typing dots, notes, the question how it was. */
import type { VisitorConversation } from "../../../protocol/generated.ts";
import { h } from "../kit/dom.ts";
import type { Key } from "../kit/texts.ts";
import type { Widget } from "../widget.ts";
import type { View } from "../window/view.ts";

const CSS = `
.note{align-self:center;text-align:center;margin:12px 16px 0;font-size:14px;color:var(--soft)}
.dots{align-self:start;margin-top:12px}
.dots i{display:inline-block;width:7px;height:7px;margin:0 2px;border-radius:50%;background:var(--soft);animation:dot 1.2s infinite}
.dots i+i{animation-delay:.2s}
.dots i+i+i{animation-delay:.4s}
@keyframes dot{30%{opacity:.25}}
`;

const NEAR_PX = 48;

interface Shown {
  dots: HTMLElement;
  notes: HTMLElement;
  of: string;
}

const shownIn = new WeakMap<View, Shown>();

function place(widget: Widget, view: View): Shown {
  const { scroll } = view;
  const shown = {
    dots: h("div", { className: "b dots", ariaHidden: "true" }, h("i"), h("i"), h("i")),
    notes: h("div", { role: "status" }),
    of: "",
  };
  widget.dress(CSS);
  scroll.append(shown.dots, shown.notes);
  shownIn.set(view, shown);
  return shown;
}

function notesOf({ state, isNew, memory, trouble }: Widget, newest: VisitorConversation | undefined): Key[] {
  const isClosed = newest?.status === "closed";
  const notes: (Key | false | undefined)[] = [
    !state.isAccepting && !newest?.assignee_id && !isClosed && "note.away",
    isClosed && !isNew && "note.closed",
    isNew && "thread.new_conversation",
    memory.isBlocked && "note.storage",
    trouble,
  ];
  return notes.filter((note) => !!note) as Key[];
}

export function showNotes(widget: Widget): void {
  const { view, state, t } = widget;
  if (!view) return;
  const { scroll } = view;
  const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
  const shown = shownIn.get(view) ?? place(widget, view);
  const newest = state.conversations[0];
  const notes = notesOf(widget, newest);
  shown.dots.hidden = !state.typing;
  if (shown.of !== String(notes)) {
    shown.of = String(notes);
    shown.notes.replaceChildren(...notes.map((key) => h("div", { className: "note" }, t(key))));
  }
  if (isAtEnd) view.toEnd();
  // Who was never answered has nothing to rate.
  if (newest?.operator_read_seq && (newest.status === "closed" || scroll.querySelector(".rating")))
    void import("./rating.ts").then(({ showRating }) => showRating(widget, shown.notes, newest));
}
