/** What the visitor may do with a message that was refused. */
import type { Widget } from "../widget.ts";

const dressed = new WeakSet<Widget>();

export function offer(widget: Widget, meta: HTMLElement, key: string): void {
  const { t, outbox, view } = widget;
  if (!view || meta.querySelector("button")) return;
  if (!dressed.has(widget)) {
    dressed.add(widget);
    widget.dress(".bad{color:var(--bad)}.window .bad button{min-height:24px;padding:0 4px;margin-inline-start:4px;text-decoration:underline}");
  }
  meta.classList.add("bad");
  meta.append(
    view.h("button", { type: "button", onclick: () => outbox.retry(key) }, t("message.retry")),
    view.h("button", { type: "button", onclick: () => outbox.drop(key) }, t("message.discard")),
  );
}
