/** Several tabs of one visitor stay in step: draft, outbox, window, logout. */
import type { Widget } from "../widget.ts";
import { forget } from "./forget.ts";

const LEFT_BEHIND_MS = 4_000;
const LOOK_MS = 2_000;

/** Send what another tab wrote and did not get to the server in time: it is gone, frozen or offline. */
function takeOver({ memory, outbox, isConnected }: Widget): void {
  const entries = memory.entries().filter((entry) => !entry.failed);
  const [first] = entries;
  if (!isConnected || !first || first.tab === memory.tab || Math.abs(Date.now() - first.at) < LEFT_BEHIND_MS) return;
  for (const entry of entries) memory.keep({ ...entry, tab: memory.tab });
  outbox.pump();
}

/**
 * Follow the other tabs. What is kept holds, however often it changed meanwhile: what happened before this was loaded, or while
 * the page was frozen, is told by no event. The answer brings this tab in step.
 */
export function followTabs(widget: Widget): () => void {
  const { memory, tag } = widget;

  const useHere = (): void => {
    if (document.hasFocus()) memory.set({ tab: memory.tab });
  };
  const step = (): void => {
    const token = memory.get("token");
    if (widget.token && !token) return forget(widget);
    if (token !== widget.token) {
      // Who signed in last, in another tab, holds: two tabs that each insist on their own would never come to rest.
      widget.identity = null;
      widget.connection.restart();
    }
    const { view } = widget;
    const draft = memory.get("draft") ?? "";
    if (view && view.composer.field.value !== draft) view.composer.set(draft);
    const isOpen = !!memory.get("isOpen");
    if (document.hidden && isOpen !== widget.isOpen && !widget.narrow.matches) {
      if (isOpen) void widget.open(true);
      else widget.close();
    }
    widget.outbox.pump();
    widget.render();
  };

  useHere();
  addEventListener("focus", useHere);
  addEventListener("pageshow", step, true); // before the connection greets anew
  addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(`klepet:${tag.key}:`)) step();
  });
  setInterval(takeOver, LOOK_MS, widget);
  takeOver(widget);
  return step;
}
