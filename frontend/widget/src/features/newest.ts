/** The way back to the newest message, for those who scrolled away from it. */
import { iconButton } from "../kit/dom.ts";
import type { Widget } from "../widget.ts";
import type { View } from "../window/view.ts";

const CSS =
  ".window .newest{position:absolute;inset-inline-end:12px;bottom:100%;margin-bottom:8px;border-radius:50%;background:var(--ground);box-shadow:0 0 0 1px var(--line),0 2px 8px #0003}.window .newest:hover{background:var(--raised)}";
const NEAR_PX = 48;
const offered = new WeakSet<View>();

export function offerNewest(widget: Widget, view: View): void {
  if (offered.has(view)) return;
  offered.add(view);
  widget.dress(CSS);
  const { scroll } = view;
  const button = iconButton(widget.t("thread.newest"), "M12 5v14M19 12l-7 7-7-7", view.toEnd);
  const look = (): void => {
    button.hidden = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
  };
  button.classList.add("newest");
  view.composer.node.append(button);
  scroll.addEventListener("scroll", look, { passive: true });
  look();
}
