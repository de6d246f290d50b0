/** What the chat knows, as a pure function of what the server said: `state = reduce(state, frame)`. */
import type {
  Accepting,
  Ack,
  Contact,
  Delivery,
  Id,
  LogPosition,
  Message,
  Pong,
  PublicOperator,
  Refused,
  Typing,
  VisitorConversation,
  Welcome,
} from "../../../protocol/generated.ts";

/** The server's frames that a visitor may see. */
export type VisitorServerFrame = Welcome | Delivery | Ack | Refused | Typing | Accepting | Pong;

export interface State {
  /** How far the log was followed; null asks the server for a snapshot. */
  readonly position: LogPosition | null;
  readonly visitorId: Id | null;
  /** Newest first, at most 20. */
  readonly conversations: readonly VisitorConversation[];
  /** In order of conversation and place; whole pages from the newest on. */
  readonly messages: readonly Message[];
  readonly operators: readonly PublicOperator[];
  readonly contact: Contact | null;
  readonly isAccepting: boolean;
  /** Who types now, if anybody does. */
  readonly typing: Typing | null;
}

export const EMPTY: State = {
  position: null,
  visitorId: null,
  conversations: [],
  messages: [],
  operators: [],
  contact: null,
  isAccepting: true,
  typing: null,
};

const CONVERSATIONS_KEPT = 20;
const MESSAGES_KEPT = 2_000;

/** Later rows take the places of earlier ones with the same key; the result is in order of the keys. */
function put<T>(rows: readonly T[], news: readonly T[] | undefined, key: (row: T) => string): readonly T[] {
  if (!news?.length) return rows;
  const byKey = new Map([...rows, ...news].map((row) => [key(row), row]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

const idOf = (row: { id: Id }): string => row.id;
const placeOf = (row: Message): string => row.conversation_id + String(row.seq).padStart(16, "0");

/** Put messages among those that are known; also how older pages of a transcript come in. */
export function withMessages(state: State, messages: readonly Message[] | undefined): State {
  return { ...state, messages: put(state.messages, messages, placeOf).slice(-MESSAGES_KEPT) };
}

function welcome(state: State, frame: Welcome): State {
  const rows = frame.visitor_state;
  const common = { position: frame.position, visitorId: frame.principal_id, isAccepting: frame.is_accepting, typing: null };
  return rows ? { ...state, ...rows, ...common } : { ...state, ...common, position: state.position ?? frame.position };
}

function deliver(state: State, frame: Delivery): State {
  const { position, typing } = state;
  if (position && frame.offset <= position.offset) return state;
  const removed = frame.removed ?? [];
  const stays = (id: Id): boolean => !removed.includes(id);
  const newest = state.conversations[0];
  const known = put([...state.conversations].reverse(), frame.visitor_conversations, idOf);
  const next = withMessages(state, frame.messages);
  return {
    ...next,
    // Without the newest conversation the transcript on screen is gone, and only a snapshot brings the one before it.
    position: newest && !stays(newest.id) ? null : position && { ...position, offset: frame.offset },
    conversations: [...known].reverse().filter((row) => stays(row.id)).slice(0, CONVERSATIONS_KEPT),
    messages: removed.length ? next.messages.filter((row) => stays(row.conversation_id)) : next.messages,
    operators: put(state.operators, frame.public_operators, idOf),
    contact: frame.contacts?.at(-1) ?? state.contact,
    typing: typing && frame.messages?.some((row) => row.author.kind !== "visitor") ? null : typing,
  };
}

export function reduce(state: State, frame: VisitorServerFrame): State {
  switch (frame.type) {
    case "welcome":
      return welcome(state, frame);
    case "event":
      return deliver(state, frame);
    case "typing":
      return { ...state, typing: frame.is_typing ? frame : null };
    case "accepting":
      return { ...state, isAccepting: frame.is_accepting };
    default:
      return state;
  }
}
