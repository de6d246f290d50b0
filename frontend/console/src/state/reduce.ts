/**
 * What the console knows, and how each frame changes it: state = reduce(state, frame). Pure, no DOM, no clock, no network.
 *
 * `conversations` holds the open and snoozed ones only, exactly as a fresh snapshot would; one that is closed leaves it, and is kept
 * `aside` while somebody looks at its transcript. Snapshot + events since = fresh snapshot: `snapshotOf` says what is compared.
 */
import type {
  Contact,
  Conversation,
  Delivery,
  Id,
  LogPosition,
  Message,
  Operator,
  Page,
  ServerFrame,
  Site,
  Typing,
  VisitorPresence,
  Welcome,
} from "../../../protocol/generated.ts";
import { byId, mapOf, toggled, upserted } from "./maps.ts";
import { appendMessages, lastPage, mergeMessages, refreshed, type Transcript } from "./transcript.ts";

export type { Transcript };

export interface State {
  position: LogPosition | null;
  me: Id | null;
  conversations: ReadonlyMap<Id, Conversation>;
  /** Conversations that are shown but not open. */
  aside: ReadonlyMap<Id, Conversation>;
  contacts: ReadonlyMap<Id, Contact>;
  operators: ReadonlyMap<Id, Operator>;
  sites: ReadonlyMap<Id, Site>;
  transcripts: ReadonlyMap<Id, Transcript>;
  /** Open conversations on the server: more than are held here when there are thousands. */
  openCount: number;
  /** Who types where: `conversation:author` as key. */
  typing: ReadonlyMap<string, Typing>;
  onlineOperators: ReadonlySet<Id>;
  onlineVisitors: ReadonlySet<Id>;
  pages: ReadonlyMap<Id, Page>;
  /** Counts snapshots: what was fetched beside the stream may be stale when it changes. */
  snapshots: number;
}

/** What happens on this side only. */
export type LocalAction =
  | { type: "transcript_opened"; conversation_id: Id }
  | { type: "transcript_closed"; conversation_id: Id }
  | { type: "transcript_loaded"; conversation_id: Id; messages: Message[]; has_older: boolean }
  | { type: "rows_loaded"; conversations?: readonly Conversation[]; contacts?: readonly Contact[]; operators?: readonly Operator[]; sites?: readonly Site[] }
  | { type: "typing_lapsed"; key: string };

export const EMPTY: State = {
  position: null,
  me: null,
  conversations: new Map(),
  aside: new Map(),
  contacts: new Map(),
  operators: new Map(),
  sites: new Map(),
  transcripts: new Map(),
  openCount: 0,
  typing: new Map(),
  onlineOperators: new Set(),
  onlineVisitors: new Set(),
  pages: new Map(),
  snapshots: 0,
};

export function reduce(state: State, frame: ServerFrame | LocalAction): State {
  switch (frame.type) {
    case "welcome":
      return welcomed(state, frame);
    case "event":
      return delivered(state, frame);
    case "typing":
      return typed(state, frame);
    case "visitor_presence":
      return visitorCame(state, frame);
    case "operator_presence":
      return { ...state, onlineOperators: toggled(state.onlineOperators, frame.operator_id, frame.is_online) };
    case "transcript_opened":
      if (state.transcripts.has(frame.conversation_id)) return state;
      return withTranscript(state, frame.conversation_id, { messages: [], isLoaded: false, hasOlder: true });
    case "transcript_loaded":
      return transcriptLoaded(state, frame.conversation_id, frame.messages, frame.has_older);
    case "transcript_closed":
      return transcriptClosed(state, frame.conversation_id);
    case "rows_loaded":
      return rowsLoaded(state, frame);
    case "typing_lapsed": {
      if (!state.typing.has(frame.key)) return state;
      const typing = new Map(state.typing);
      typing.delete(frame.key);
      return { ...state, typing };
    }
    default:
      return state;
  }
}

/** The part of the state that a fresh snapshot brings too, in plain objects ordered by id, for comparing. */
export function snapshotOf(state: State) {
  const conversations = [...state.conversations.values()].sort(byId);
  const wanted = new Set(conversations.map((conversation) => conversation.contact_id));
  return {
    position: state.position,
    conversations,
    contacts: [...state.contacts.values()].filter((contact) => wanted.has(contact.id)).sort(byId),
    operators: [...state.operators.values()].sort(byId),
    sites: [...state.sites.values()].sort(byId),
    messages: [...state.transcripts].sort().flatMap(([, transcript]) => lastPage(transcript.messages)),
    openCount: state.openCount,
  };
}

/** A conversation, whether it is open or only shown. */
export function conversationOf(state: State, id: Id): Conversation | undefined {
  return state.conversations.get(id) ?? state.aside.get(id);
}

export function typingKey(frame: Typing): string {
  return `${frame.conversation_id}:${frame.operator_id ?? frame.author_kind}`;
}

function withTranscript(state: State, id: Id, transcript: Transcript): State {
  return { ...state, transcripts: new Map(state.transcripts).set(id, transcript) };
}

function welcomed(state: State, frame: Welcome): State {
  const next: State = {
    ...state,
    position: frame.position,
    me: frame.principal_id,
    typing: new Map(),
    onlineOperators: new Set(frame.online_operator_ids),
    onlineVisitors: new Set(frame.online_visitor_ids),
    // Where they are may have changed meanwhile; whoever shows it asks anew.
    pages: new Map(),
  };
  const snapshot = frame.operator_state;
  if (!snapshot) return { ...next, position: state.position ?? frame.position };
  const transcripts = new Map<Id, Transcript>();
  for (const [id, held] of state.transcripts) {
    const page = snapshot.messages.filter((message) => message.conversation_id === id);
    transcripts.set(id, page.length > 0 ? refreshed(held, page) : { messages: [], isLoaded: false, hasOlder: true });
  }
  const conversations = mapOf(snapshot.conversations);
  const aside = new Map([...state.aside].filter(([id]) => !conversations.has(id) && transcripts.has(id)));
  for (const id of transcripts.keys()) {
    const before = state.conversations.get(id);
    if (before && !conversations.has(id)) aside.set(id, before);
  }
  const contacts = mapOf(snapshot.contacts);
  for (const { contact_id } of aside.values()) {
    const contact = state.contacts.get(contact_id);
    if (contact && !contacts.has(contact_id)) contacts.set(contact_id, contact);
  }
  return {
    ...next,
    conversations,
    aside,
    contacts,
    operators: mapOf(snapshot.operators),
    sites: mapOf(snapshot.sites),
    transcripts,
    openCount: snapshot.open_count,
    snapshots: state.snapshots + 1,
  };
}

const COUNTED: Record<string, number> = { "conversation.created": 1, "conversation.reopened": 1, "conversation.closed": -1 };

function delivered(state: State, frame: Delivery): State {
  const conversations = new Map(state.conversations);
  const aside = new Map(state.aside);
  const left: Id[] = [];
  // Where not all open ones are held here, what happened tells how many there are.
  const isAll = state.openCount <= state.conversations.size;
  let openCount = state.openCount + (!isAll && frame.conversations?.length ? (COUNTED[frame.event.type] ?? 0) : 0);
  for (const row of frame.conversations ?? []) {
    const before = conversations.get(row.id);
    if (row.status === "closed") {
      if (conversations.delete(row.id) && isAll) openCount -= 1;
      if (before) left.push(before.contact_id);
      if (state.transcripts.has(row.id)) aside.set(row.id, row);
    } else {
      if (!before && isAll) openCount += 1;
      if (before && before.contact_id !== row.contact_id) left.push(before.contact_id);
      conversations.set(row.id, row);
      aside.delete(row.id);
    }
  }
  const transcripts = new Map(state.transcripts);
  for (const id of frame.removed ?? []) {
    const before = conversations.get(id);
    if (before) left.push(before.contact_id);
    if (conversations.delete(id)) openCount -= 1;
    aside.delete(id);
    transcripts.delete(id);
  }
  for (const message of frame.messages ?? []) {
    const held = transcripts.get(message.conversation_id);
    if (held) transcripts.set(message.conversation_id, { ...held, messages: appendMessages(held.messages, message) });
  }
  const contacts = new Map(state.contacts);
  for (const contact of frame.contacts ?? []) if (isWanted(state, frame, contact.id)) contacts.set(contact.id, contact);
  if (frame.event.type === "contact.erased") contacts.delete(frame.event.contact_id);
  if (left.length > 0) dropUnused(contacts, left, conversations, aside);
  return {
    ...state,
    position: { offset: Math.max(frame.offset, state.position?.offset ?? 0), epoch: state.position?.epoch ?? "" },
    conversations,
    aside,
    contacts,
    transcripts,
    openCount,
    operators: upserted(state.operators, frame.operators),
    sites: upserted(state.sites, frame.sites),
    typing: withoutAuthors(state.typing, frame.messages ?? []),
  };
}

/** A contact is taken in when it is known here, belongs to a row that came along, or may be just ahead of its conversation. */
function isWanted(state: State, frame: Delivery, id: Id): boolean {
  if (state.contacts.has(id) || frame.event.type === "contact.created" || frame.event.type === "contact.identified") return true;
  return (frame.conversations ?? []).some((row) => row.contact_id === id && (row.status !== "closed" || state.transcripts.has(row.id)));
}

function dropUnused(
  contacts: Map<Id, Contact>,
  candidates: readonly Id[],
  ...maps: ReadonlyMap<Id, Conversation>[]
): void {
  const used = new Set(maps.flatMap((map) => [...map.values()].map((conversation) => conversation.contact_id)));
  for (const id of candidates) if (!used.has(id)) contacts.delete(id);
}

/** Whoever has just sent no longer types. */
function withoutAuthors(typing: ReadonlyMap<string, Typing>, messages: readonly Message[]): ReadonlyMap<string, Typing> {
  if (typing.size === 0 || messages.length === 0) return typing;
  const next = new Map(typing);
  for (const { conversation_id, author } of messages) next.delete(`${conversation_id}:${author.id ?? author.kind}`);
  return next;
}

function typed(state: State, frame: Typing): State {
  const typing = new Map(state.typing);
  const key = typingKey(frame);
  if (frame.is_typing) typing.set(key, frame);
  else typing.delete(key);
  return { ...state, typing };
}

function visitorCame(state: State, frame: VisitorPresence): State {
  const pages = new Map(state.pages);
  if (frame.page) pages.set(frame.visitor_id, frame.page);
  else if (!frame.is_online) pages.delete(frame.visitor_id);
  return { ...state, pages, onlineVisitors: toggled(state.onlineVisitors, frame.visitor_id, frame.is_online) };
}

function transcriptLoaded(state: State, id: Id, messages: readonly Message[], hasOlder: boolean): State {
  const held = state.transcripts.get(id);
  if (!held) return state;
  const merged = mergeMessages(held.messages, messages);
  const isOldest = merged[0] === undefined || merged[0].seq === (messages[0]?.seq ?? merged[0].seq);
  return withTranscript(state, id, { messages: merged, isLoaded: true, hasOlder: isOldest ? hasOlder : held.hasOlder });
}

function transcriptClosed(state: State, id: Id): State {
  const transcripts = new Map(state.transcripts);
  transcripts.delete(id);
  const aside = new Map(state.aside);
  const gone = aside.get(id);
  aside.delete(id);
  const contacts = new Map(state.contacts);
  if (gone) dropUnused(contacts, [gone.contact_id], state.conversations, aside);
  return { ...state, transcripts, aside, contacts };
}

/** Rows asked for by REST: newer ones from the stream are not overwritten, closed ones are kept aside while shown. */
function rowsLoaded(state: State, rows: Extract<LocalAction, { type: "rows_loaded" }>): State {
  const aside = new Map(state.aside);
  for (const row of rows.conversations ?? []) if (!state.conversations.has(row.id) && state.transcripts.has(row.id)) aside.set(row.id, row);
  const contacts = upserted(state.contacts, rows.contacts);
  return { ...state, aside, contacts, operators: upserted(state.operators, rows.operators), sites: upserted(state.sites, rows.sites) };
}
