/** The conversation that is looked at: its transcript is followed, its details are fetched beside the stream. */
import type { Contact, Conversation, Id, Order, ServerFrame, Visitor } from "../../../../protocol/generated.ts";
import { api, ApiError } from "../../api.ts";
import { router } from "../../router.svelte.ts";
import { dispatch, live, loadTranscript, onFrame, takeRows } from "../../state/live.svelte.ts";
import { conversationOf } from "../../state/reduce.ts";

export interface Visit {
  started_at: string;
  referrer: string | null;
  landing_page: string | null;
  page_count: number;
}

export interface Details {
  conversation: Conversation;
  contact: Contact;
  visitor: Visitor;
  orders: Order[];
  visits: Visit[];
  other_conversations: Conversation[];
}

export type LoadState = "loading" | "ready" | "gone" | "failed";

/** Transcripts kept for going back and forth without waiting; `hello` may name twenty. */
const KEPT = 12;
const REFRESH_MS = 300;

let opened: Id[] = [];
let loadState = $state<LoadState>("loading");
let details = $state.raw<Details | null>(null);
let detailsError = $state.raw<unknown>(null);
/** Up to where it was read when it was opened: the line "new" stands there and does not move. */
let newFrom = $state<number | null>(null);
let refreshTimer: ReturnType<typeof setTimeout> | undefined;

const id = $derived<Id | null>(router.path.match(/^\/inbox\/([\w-]+)$/)?.[1] ?? null);
const conversation = $derived(id === null ? undefined : conversationOf(live.state, id));
const contact = $derived(conversation && live.state.contacts.get(conversation.contact_id));

export const current = {
  get id() {
    return id;
  },
  get conversation() {
    return conversation;
  },
  get contact() {
    return contact;
  },
  get details() {
    return details?.conversation.id === id ? details : null;
  },
  get detailsError() {
    return detailsError;
  },
  get loadState() {
    return loadState;
  },
  get newFrom() {
    return newFrom;
  },
};

/** Begin to look at a conversation. */
export async function openConversation(wanted: Id): Promise<void> {
  opened = [wanted, ...opened.filter((other) => other !== wanted)];
  for (const old of opened.splice(KEPT)) dispatch({ type: "transcript_closed", conversation_id: old });
  dispatch({ type: "transcript_opened", conversation_id: wanted });
  const row = conversationOf(live.state, wanted);
  newFrom = row && row.unread_count > 0 ? row.operator_read_seq : null;
  loadState = live.state.transcripts.get(wanted)?.isLoaded && row ? "ready" : "loading";
  detailsError = null;
  const isNew = row === undefined;
  await Promise.all([loadDetails(wanted), loadState === "ready" ? undefined : loadMessages(wanted)]);
  const found = conversationOf(live.state, wanted);
  if (isNew && found && id === wanted && found.unread_count > 0) newFrom = found.operator_read_seq;
}

async function loadMessages(wanted: Id): Promise<void> {
  try {
    await loadTranscript(wanted);
    if (wanted === id) loadState = "ready";
  } catch (error) {
    if (wanted !== id) return;
    const isGone = error instanceof ApiError && [400, 404].includes(error.status);
    loadState = isGone ? "gone" : "failed";
  }
}

/** Ask for the person, the visits and the orders behind a conversation. */
export async function loadDetails(wanted: Id): Promise<void> {
  try {
    const found = await api.get<Details>(`/conversations/${wanted}`);
    takeRows([found.conversation], [found.contact]);
    if (wanted !== id) return;
    details = found;
    detailsError = null;
  } catch (error) {
    if (wanted === id) detailsError = error;
  }
}

/** What the stream says about this person may change what was fetched; several events in a row are one question. */
function followed(frame: ServerFrame): void {
  if (id === null) return;
  if (frame.type === "event" && frame.removed?.includes(id)) loadState = "gone";
  if (frame.type === "welcome" && loadState === "failed") void openConversation(id);
  if (!details) return;
  if (frame.type === "visitor_presence" && frame.visitor_id === details.visitor.id) {
    const { is_online, page } = frame;
    details = { ...details, visitor: { ...details.visitor, is_online, page: page ?? (is_online ? details.visitor.page : null) } };
  }
  const isWelcome = frame.type === "welcome";
  const isAboutThem =
    frame.type === "event" && frame.event.type !== "receipt.advanced" && "contact_id" in frame.event && frame.event.contact_id === contact?.id;
  if (isWelcome && live.state.transcripts.get(id)?.isLoaded === false) void loadMessages(id);
  if (!isWelcome && (!isAboutThem || (frame.type === "event" && frame.event.type === "message.sent"))) return;
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(() => id !== null && void loadDetails(id), REFRESH_MS);
}

onFrame(followed);

/** Try again what failed. */
export function retryConversation(): void {
  if (id !== null) void openConversation(id);
}

export function isHeldByMe(): boolean {
  return conversation !== undefined && conversation.status !== "closed" && conversation.assignee_id === live.state.me;
}
