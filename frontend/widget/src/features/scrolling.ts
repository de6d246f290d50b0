/** Scrolling away from the newest message: the way back to it, and towards the first one, what was written before. */
import type { Widget } from "../widget.ts";
import { loadOlder } from "./history.ts";
import { offerNewest } from "./newest.ts";

const EARLY_PX = 200;

export function scrolled(widget: Widget): void {
  const { view } = widget;
  if (!view) return;
  offerNewest(widget, view);
  if (view.scroll.scrollTop < EARLY_PX && !widget.isComplete) void loadOlder(widget);
}
