/** The transcript: what was said, where the visitor looks at it. Comes beside the texts when the chat opens. */
import { threadOf } from "../state/thread.ts";
import type { Widget } from "../widget.ts";
import { createLines, type Lines } from "./lines.ts";
import type { View } from "./view.ts";

const CSS = `
.scroll,.log,.m{display:flex;flex-direction:column}
.log{margin-top:auto}
.m{align-self:start;max-width:82%;margin-top:3px;align-items:start}
.mine{align-self:end;align-items:end}
.first,.s{margin-top:12px}
.who,.meta,.s{font-size:12px;color:var(--soft)}
.who{margin:0 12px 3px}
.b{padding:8px 12px;border-radius:16px;background:var(--raised);white-space:pre-wrap}
.last>.b{border-end-start-radius:4px}
.mine>.b{background:var(--c);color:var(--i);border-radius:16px}
.mine.last>.b{border-end-end-radius:4px}
.b a{color:inherit}
.meta{margin:3px 4px 0}
.s{align-self:center;text-align:center}
.meta,.s{unicode-bidi:plaintext}
.sr{position:absolute;clip-path:inset(50%)}
`;
const NEAR_PX = 48;
const EARLY_PX = 200;
const dressed = new WeakSet<Widget>();

export interface Transcript {
  /** What stands there, by its key. */
  shown: Lines["shown"];
  show(): void;
}

function createTranscript(widget: Widget, view: View): Transcript {
  const { scroll, toEnd } = view;
  let wasAtEnd = true;
  let wasConnected = false;
  let shownFirst: string | undefined;
  let shownLast: string | undefined;

  if (!dressed.has(widget)) widget.dress(CSS);
  dressed.add(widget);
  const { node, shown, put } = createLines(widget);
  scroll.append(node);
  scroll.onscroll = () => {
    wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
    widget.read();
    look();
  };

  /** Away from the newest message there is a way back to it; near the first one the ones before it come. */
  function look(): void {
    if (!wasAtEnd || (scroll.scrollTop < EARLY_PX && widget.isConnected && !widget.isComplete))
      void import("../features/scrolling.ts").then(({ scrolled }) => scrolled(widget));
  }

  return {
    shown,
    show() {
      const { state, isConnected } = widget;
      const lines = threadOf(state, widget.outbox.entries());
      if (widget.isComplete && widget.greeting)
        lines.unshift({ key: "greeting", text: widget.greeting, at: 0, isFirst: true, isLast: true });
      const first = lines[0]?.key;
      const last = lines.at(-1);
      const isOlder = first !== shownFirst && !wasAtEnd;
      if (last?.key !== shownLast && last?.author?.kind === "visitor") wasAtEnd = true;
      shownFirst = first;
      shownLast = last?.key;
      // What stood there before, and what is loaded from before, is no news to a screen reader.
      node.ariaLive = wasConnected && !isOlder ? "polite" : "off";
      wasConnected = isConnected;
      const fromEnd = scroll.scrollHeight - scroll.scrollTop;
      put(lines);
      if (state.conversations[0]?.status === "closed" || !state.isAccepting || state.typing || widget.memory.isBlocked || widget.trouble || scroll.children[1])
        // What a lost server could not give comes with the next drawing.
        import("../features/notes.ts").then(({ showNotes }) => showNotes(widget), () => 0);
      if (wasAtEnd) toEnd();
      else if (isOlder) scroll.scrollTop = scroll.scrollHeight - fromEnd;
      look();
      widget.read();
    },
  };
}

export function showTranscript(widget: Widget): void {
  const { view, isOpen } = widget;
  if (view && isOpen) (view.transcript ??= createTranscript(widget, view)).show();
}
