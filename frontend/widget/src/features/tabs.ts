/** Several tabs of one visitor stay in step: draft, outbox, window, logout. */
import { parseKept } from "../kit/memory.ts";
import type { Widget } from "../widget.ts";
import { forget } from "./forget.ts";

const LEFT_BEHIND_MS = 4_000;
const LOOK_MS = 2_000;

/** Send what another tab wrote and did not get to the server in time: it is gone, frozen or offline. */
function takeOver({ memory, outbox, isConnected }: Widget): void {
  const entries = memory.get().outbox ?? [];
  const first = entries.find((entry) => !entry.failed);
  if (!isConnected || !first || first.tab === memory.tab || Date.now() - first.at < LEFT_BEHIND_MS) return;
  for (const entry of entries) entry.tab = memory.tab;
  memory.set({ outbox: entries });
  outbox.pump();
}

/** Follow the other tabs; the answer stops it. */
export function followTabs(widget: Widget): () => void {
  const { memory, tag } = widget;
  const useHere = (): void => {
    if (document.hasFocus()) memory.set({ tab: memory.tab });
  };
  useHere();
  addEventListener("focus", useHere);
  const follow = ({ key, newValue, oldValue }: StorageEvent): void => {
    if (key !== null && key !== "klepet:" + tag.key) return;
    const now = parseKept(newValue);
    const before = parseKept(oldValue);
    if (before.token && !now.token) return forget(widget);
    if (now.token && before.token && now.token !== before.token) {
      widget.state = { ...widget.state, position: null };
      widget.connection.restart();
    }
    const { view } = widget;
    if (now.draft !== before.draft) view?.composer.set(now.draft ?? "");
    if (document.hidden && now.isOpen !== before.isOpen && !widget.narrow.matches) {
      if (now.isOpen) void widget.open(true);
      else widget.close();
    }
    widget.outbox.pump();
    widget.render();
  };
  addEventListener("storage", follow);
  const looking = setInterval(takeOver, LOOK_MS, widget);
  takeOver(widget);
  return () => {
    removeEventListener("storage", follow);
    clearInterval(looking);
    removeEventListener("focus", useHere);
  };
}
