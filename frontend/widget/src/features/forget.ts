/** Forgetting the visitor in this tab: on logout, and when another tab did. */
import { EMPTY } from "../state/reduce.ts";
import type { Widget } from "../widget.ts";

export function forget(widget: Widget): void {
  widget.connection.stop();
  widget.close();
  widget.view?.node.remove();
  widget.view = undefined;
  widget.state = EMPTY;
  widget.identity = null;
  widget.token = undefined;
  for (const id in widget.reads) delete widget.reads[id];
  widget.outbox.settle();
  widget.isNew = widget.isComplete = false;
  widget.render();
  if (widget.isFull) void widget.open(true);
}
