/** The visitor's chat: one widget for each tag, and the page's calls. */
import type { Tag } from "./tag.ts";
import { createWidget, type Widget } from "./widget.ts";

/** Bring the tag's chat to life, once; whoever asks again gets the same. The loader asks anew for every call of the page. */
export function start(tag: Tag): Widget {
  const queue = window.klepet?.q;
  if (queue?.length) void import("./features/api.ts").then(({ takeCalls }) => takeCalls(queue));
  return (tag.widget ??= createWidget(tag));
}
