/**
 * What follows every frame: after the first greeting the tabs, the pages and what was read are followed; news are told.
 * Loaded once the server has greeted, so that opening waits for none of it.
 */
import type { State, VisitorServerFrame } from "../state/reduce.ts";
import { watch } from "../transport/watch.ts";
import type { Widget } from "../widget.ts";
import { letLapse, tell } from "./news.ts";
import { followPages } from "./pages.ts";
import { followReading } from "./reading.ts";
import { followTabs } from "./tabs.ts";
import { followTyping } from "./typing.ts";

/** What a visit does again with every greeting. */
const greeted = new WeakMap<Widget, () => void>();

function followVisit(widget: Widget): () => void {
  const step = followTabs(widget);
  watch(widget.connection);
  followPages(widget);
  followTyping(widget);
  const sayRead = followReading(widget);
  return () => {
    step();
    sayRead();
  };
}

/** The state from before the frame tells what is new. */
export function follow(widget: Widget, before: State, frame: VisitorServerFrame): void {
  if (frame.type === "welcome") {
    const user_id = widget.state.contact?.user_id;
    // The token tells it from now on: told again by a connection that was lost, it would undo what another tab tells.
    if (widget.identity && user_id && widget.state.position) {
      widget.identity = null;
      widget.emit("identified", { user_id });
    }
    widget.emit("connected");
    const again = greeted.get(widget) ?? followVisit(widget);
    greeted.set(widget, again);
    again();
  }
  if (frame.type === "refused") {
    widget.emit("error", frame.error);
    // No command was refused but this page: its origin, or the identity that it gave. Its developer should know why.
    if (!frame.client_id) console.error(`klepet: ${frame.error.message}`);
  }
  if (frame.type === "typing") letLapse(widget);
  if (frame.type === "event") tell(widget, before, frame);
}
