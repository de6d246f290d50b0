/** Which conversations stand in which list, and in which order. Pure. */
import type { Conversation, ConversationView, Id } from "../../../../protocol/generated.ts";

/** The goal is an answer within 30 seconds, and never over two minutes. */
export const OVERDUE_MS = 120_000;

export function isQueued(conversation: Conversation): boolean {
  return conversation.status === "open" && conversation.assignee_id === null;
}

/** Since when somebody waits for us: until the first answer, and again after each message of the visitor. */
export function waitsSince(conversation: Conversation): string | null {
  if (conversation.status === "closed") return null;
  return conversation.waiting_since ?? (isQueued(conversation) ? (conversation.queued_at ?? conversation.created_at) : null);
}

export function lastActivity(conversation: Conversation): string {
  return conversation.last_line?.at ?? conversation.closed_at ?? conversation.created_at;
}

function rank(conversation: Conversation): number {
  if (isQueued(conversation)) return 0;
  return conversation.waiting_since !== null ? 1 : 2;
}

/** Newest need first: queued, then whoever waits for an answer, each the longest waiting on top; then by last activity. */
export function compareNeed(one: Conversation, other: Conversation): number {
  const order = rank(one) - rank(other);
  if (order !== 0) return order;
  const [a, b] = rank(one) === 2 ? [lastActivity(other), lastActivity(one)] : [waitsSince(one) ?? "", waitsSince(other) ?? ""];
  if (a !== b) return a < b ? -1 : 1;
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

export type OpenView = Exclude<ConversationView, "closed">;

/** The open conversations in each list. */
export function listsOf(conversations: Iterable<Conversation>, me: Id | null, siteId: Id | null): Record<OpenView, Conversation[]> {
  const all = [...conversations].filter((row) => siteId === null || row.site_id === siteId).sort(compareNeed);
  return { all, queued: all.filter(isQueued), mine: all.filter((row) => row.assignee_id === me) };
}

/** The first conversation after the given one, in list order, that waits for an answer. */
export function nextWaiting(list: readonly Conversation[], after: Id | undefined): Conversation | undefined {
  const from = list.findIndex((row) => row.id === after) + 1;
  return [...list.slice(from), ...list.slice(0, from)].find((row) => waitsSince(row) !== null && row.id !== after);
}
