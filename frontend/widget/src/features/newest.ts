/** The way back to the newest message, for those who scrolled away from it. */
import type { Widget } from "../widget.ts";

const CSS =
  ".window .newest{position:absolute;inset-inline-end:12px;bottom:100%;margin-bottom:8px;border-radius:50%;background:var(--ground);box-shadow:0 0 0 1px var(--line),0 2px 8px #0003}";
const NEAR_PX = 48;
const offered = new WeakSet<HTMLElement>();

export function offerNewest(widget: Widget): void {
  const { view, t } = widget;
  if (!view || offered.has(view.node)) return;
  offered.add(view.node);
  widget.dress(CSS);
  const { scroll } = view;
  const button = view.iconButton(t("thread.newest"), "M12 5v14M19 12l-7 7-7-7", view.toEnd);
  const look = (): void => {
    button.hidden = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
  };
  button.classList.add("newest");
  view.composer.node.append(button);
  scroll.addEventListener("scroll", look, { passive: true });
  look();
}
