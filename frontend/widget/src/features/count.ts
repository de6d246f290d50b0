/** How much fits into the message still, near its end; and why it could not be taken. */
import type { Widget } from "../widget.ts";

const SHOWN_FROM = 200;

export function say({ view, t }: Widget, note: string, left: number): void {
  if (!view) return;
  const { node, field } = view.composer;
  let said = node.querySelector("small");
  if (!said) {
    said = view.h("small", { role: "status" });
    said.style.flexBasis = "100%";
    node.append(said);
  }
  const isLong = field.value.length > SHOWN_FROM;
  said.textContent =
    note ||
    (left < 0
      ? t("composer.over", { count: -left })
      : isLong && left <= SHOWN_FROM
        ? t("composer.left", { count: left })
        : "");
  said.style.color = left < 0 ? "var(--bad)" : "";
}
