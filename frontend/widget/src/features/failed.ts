/** What the visitor may do with a message that was refused: send it once more, or let it go. */
import { h } from "../kit/dom.ts";
import type { Widget } from "../widget.ts";

const CSS = ".bad{color:var(--bad);text-align:end}.bad span{display:inline-block}.window .bad button{min-height:24px;padding:0 4px;margin-inline-start:4px;text-decoration:underline}@media(pointer:coarse){.window .bad button{min-height:44px;padding:0 10px}}";
const NEAR_PX = 48;
const dressed = new WeakSet<Widget>();

export function offer(widget: Widget, meta: HTMLElement, key: string): void {
  const { t, memory, outbox } = widget;
  if (meta.querySelector("button")) return;
  if (!dressed.has(widget)) widget.dress(CSS);
  dressed.add(widget);
  const decide = (isAgain: boolean): void => {
    const entry = memory.get(`outbox:${key}`);
    if (entry && isAgain) memory.keep({ ...entry, failed: false, tab: memory.tab });
    else if (entry) memory.drop(entry);
    outbox.pump();
    widget.render();
  };
  const { view } = widget;
  const isAtEnd = view && view.scroll.scrollHeight - view.scroll.scrollTop - view.scroll.clientHeight < NEAR_PX;
  meta.classList.add("bad");
  meta.append(
    h(
      "span",
      null,
      h("button", { type: "button", onclick: () => decide(true) }, t("message.retry")),
      h("button", { type: "button", onclick: () => decide(false) }, t("message.discard")),
    ),
  );
  // The buttons may take a line of their own.
  if (isAtEnd) view.toEnd();
}
