/** Short notices at the edge of the window, one line each, with at most one thing to do about them (undo, retry). */

export type Toast = { id: number; text: string; kind: "info" | "bad"; action?: { label: string; keys?: string; run: () => void }; until: number };

const LASTS_MS = 8000;
const MOST = 4;

let count = 0;

export const toasts = $state<Toast[]>([]);

/** Show a notice; older ones give way when there are too many. */
export function showToast(text: string, options: { kind?: "info" | "bad"; action?: Toast["action"] } = {}): number {
  const toast: Toast = { id: ++count, text, kind: options.kind ?? "info", until: Date.now() + LASTS_MS };
  if (options.action) toast.action = options.action;
  toasts.push(toast);
  if (toasts.length > MOST) toasts.shift();
  return toast.id;
}

/** Take a notice away. */
export function dropToast(id: number): void {
  const at = toasts.findIndex((toast) => toast.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

/** Do what the newest notice offers (undo by key). False when none offers anything. */
export function runNewestAction(): boolean {
  const toast = toasts.findLast((candidate) => candidate.action);
  if (!toast?.action) return false;
  dropToast(toast.id);
  toast.action.run();
  return true;
}

/** Drop what has been shown long enough. */
export function expireToasts(now: number): void {
  for (const toast of toasts.filter((candidate) => candidate.until <= now)) dropToast(toast.id);
}

/** Keep all notices for a full time more: somebody is reading or reaching for them. */
export function holdToasts(): void {
  for (const toast of toasts) toast.until = Date.now() + LASTS_MS;
}
