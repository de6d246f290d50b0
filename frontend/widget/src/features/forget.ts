/** Forgetting the visitor in this tab: on logout, and when another tab did. */
import type { Widget } from "../widget.ts";

export function forget(widget: Widget): void {
  widget.connection.stop();
  widget.close();
  widget.view?.node.remove();
  widget.view = undefined;
  widget.state = widget.empty;
  widget.identity = null;
  widget.reads = {};
  widget.outbox.settle();
  widget.isNew = widget.isComplete = false;
  widget.render();
  if (widget.isFull) void widget.open(true);
}
