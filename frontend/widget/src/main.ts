/** The visitor's chat: one widget for each tag, and the page's calls. */
import type { Call, Tag } from "./tag.ts";
import { createWidget, type Widget } from "./widget.ts";

const widgets = new Map<Tag, Widget>();

/** Bring the tag's chat to life, once; whoever asks again gets the same. */
export function start(tag: Tag): Widget {
  let widget = widgets.get(tag);
  if (!widget) {
    widgets.set(tag, (widget = createWidget(tag)));
    const queue = window.klepet?.q;
    if (queue) {
      const serve = (): Promise<void> => import("./features/api.ts").then(({ takeCalls }) => takeCalls(queue));
      if (queue.length) void serve();
      queue.push = (call: Call) => {
        queue[queue.length] = call;
        void serve();
        return queue.length;
      };
    }
    widget.emit("ready");
  }
  return widget;
}
