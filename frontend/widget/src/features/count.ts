/** How much fits into the message still, near its end; and why it could not be taken. */
import { h } from "../kit/dom.ts";
import { plural } from "../kit/plural.ts";
import type { Widget } from "../widget.ts";

const SHOWN_FROM = 200;

export function say(widget: Widget, note: string, left: number): void {
  const { view } = widget;
  if (!view) return;
  const { node, field } = view.composer;
  let said = node.querySelector("small");
  if (!said) {
    said = h("small", { role: "status" });
    said.style.flexBasis = "100%";
    node.append(said);
  }
  const isLong = field.value.length > SHOWN_FROM;
  said.textContent =
    note ||
    (left < 0
      ? plural(widget, "composer.over", -left)
      : isLong && left <= SHOWN_FROM
        ? plural(widget, "composer.left", left)
        : "");
  said.style.color = left < 0 ? "var(--bad)" : "";
}
