/** Telling the server what this console holds (delivered) and what was on screen in a visible, focused window (read). */
import type { AdvanceReceipt, Conversation, Id, ServerFrame } from "../../../../protocol/generated.ts";
import { live, onFrame, signal } from "../../state/live.svelte.ts";

/** Conversations of others are acknowledged a little later: usually somebody else's console has done it by then. */
const OTHERS_MS = 1500;
const AT_ONCE = 25;

let told = new Map<Id, { delivered: number; read: number }>();
let timer: ReturnType<typeof setTimeout> | undefined;

function needsDelivered(row: Conversation): boolean {
  const seq = row.last_line?.seq ?? 0;
  return row.last_line?.author_kind === "visitor" && row.operator_delivered_seq < seq && (told.get(row.id)?.delivered ?? 0) < seq;
}

function tell(id: Id, delivered: number, read: number): void {
  const before = told.get(id) ?? { delivered: 0, read: 0 };
  told.set(id, { delivered: Math.max(before.delivered, delivered), read: Math.max(before.read, read) });
  const frame: AdvanceReceipt = { type: "advance_receipt", conversation_id: id, delivered_seq: delivered, read_seq: read };
  signal(frame);
}

function acknowledge(isMineOnly: boolean): void {
  if (live.status !== "online") return;
  const { conversations, me } = live.state;
  const rows = [...conversations.values()].filter((row) => (!isMineOnly || row.assignee_id === me) && needsDelivered(row));
  for (const row of rows.slice(0, AT_ONCE)) tell(row.id, row.last_line?.seq ?? 0, 0);
  if (rows.length > AT_ONCE) later(200);
}

function later(milliseconds: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => acknowledge(false), milliseconds);
}

function followed(frame: ServerFrame): void {
  if (frame.type === "welcome") told = new Map();
  else if (frame.type !== "event" || frame.event.type !== "message.sent" || frame.event.author_kind !== "visitor") return;
  queueMicrotask(() => acknowledge(true));
  later(OTHERS_MS * (0.5 + Math.random()));
}

/** Begin to acknowledge; answers how to stop. */
export function startReceipts(): () => void {
  const stop = onFrame(followed);
  return () => {
    stop();
    clearTimeout(timer);
    told = new Map();
  };
}

/** Everything up to `seq` was on screen. Whether the window is visible and focused is looked at here. */
export function markRead(row: Conversation, seq: number): void {
  if (document.visibilityState !== "visible" || !document.hasFocus() || live.status !== "online") return;
  if (row.unread_count === 0 || seq <= row.operator_read_seq || seq <= (told.get(row.id)?.read ?? 0)) return;
  tell(row.id, seq, seq);
}
