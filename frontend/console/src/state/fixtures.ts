/** Rows for tests: everything a row needs, with what the test cares about put in. */
import type { Contact, Conversation, Delivery, Message, OperatorState, Welcome } from "../../../protocol/generated.ts";

export const NOW = "2026-11-23T10:00:00Z";

export function conversation(id: string, over: Partial<Conversation> = {}): Conversation {
  return {
    id,
    number: 1,
    site_id: "site",
    contact_id: `contact-${id}`,
    visitor_id: `visitor-${id}`,
    status: "open",
    assignee_id: null,
    last_seq: 1,
    last_line: { seq: 1, kind: "text", author_kind: "visitor", text: "Hello", at: NOW },
    created_at: NOW,
    queued_at: NOW,
    assigned_at: null,
    first_visitor_message_at: NOW,
    first_operator_reply_at: null,
    waiting_since: NOW,
    closed_at: null,
    closed_by: null,
    visitor_delivered_seq: 0,
    visitor_read_seq: 0,
    operator_delivered_seq: 0,
    operator_read_seq: 0,
    unread_count: 1,
    rating: null,
    rating_comment: null,
    language: "en",
    started_on: null,
    ...over,
  };
}

export function contact(id: string, over: Partial<Contact> = {}): Contact {
  return { id, name: null, email: null, phone: null, user_id: null, attributes: {}, created_at: NOW, ...over };
}

export function message(conversationId: string, seq: number, over: Partial<Message> = {}): Message {
  const author = { kind: "visitor" as const, id: null };
  return { conversation_id: conversationId, seq, kind: "text", author, text: `line ${seq}`, at: NOW, client_id: null, fact: null, ...over };
}

export function delivery(offset: number, rows: Partial<Omit<Delivery, "type" | "offset">> = {}): Delivery {
  return { type: "event", offset, event: { type: "site.updated", site_id: "site", by_operator_id: null }, ...rows };
}

export function welcome(state: Partial<OperatorState> | null, offset = 1, over: Partial<Welcome> = {}): Welcome {
  const empty: OperatorState = { conversations: [], contacts: [], operators: [], sites: [], messages: [], open_count: 0 };
  return {
    type: "welcome",
    position: { offset, epoch: "e" },
    server_time: NOW,
    principal_id: "me",
    token: null,
    is_accepting: true,
    visitor_state: null,
    operator_state: state && { ...empty, open_count: state.conversations?.length ?? 0, ...state },
    online_operator_ids: [],
    online_visitor_ids: [],
    ...over,
  };
}
