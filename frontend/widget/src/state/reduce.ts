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
  /** Last activity first, at most 20. */
  readonly conversations: readonly VisitorConversation[];
  /** In order of conversation, the last active one at the end, and place; whole pages from the newest on. */
  readonly messages: readonly Message[];
  readonly operators: readonly PublicOperator[];
  readonly contact: Contact | null;
  readonly isAccepting: boolean;
  /** Who types now, if anybody does. */
  readonly typing: Typing | null;
}

export const EMPTY: State = {
  position: null,
  conversations: [],
  messages: [],
  operators: [],
  contact: null,
  isAccepting: true,
  typing: null,
};

const CONVERSATIONS_KEPT = 20;
const MESSAGES_KEPT = 2_000;

/** Later rows take the places of earlier ones; what is new comes last. */
const put = <T>(rows: readonly T[], news: readonly T[] = [], key: (row: T) => string): T[] => [
  ...new Map([...rows, ...news].map((row) => [key(row), row])).values(),
];

const idOf = (row: { id: Id }): string => row.id;

/** Put messages among those that are known; also how older pages of a transcript come in. */
export function withMessages(state: State, messages?: readonly Message[]): State {
  const ranks = new Map(state.conversations.map(({ id }, index) => [id, -index]));
  const rankOf = (row: Message): number => ranks.get(row.conversation_id) as number;
  return {
    ...state,
    messages: put(state.messages, messages, (row) => row.conversation_id + row.seq)
      .filter((row) => ranks.has(row.conversation_id))
      .sort((one, other) => rankOf(one) - rankOf(other) || one.seq - other.seq)
      .slice(-MESSAGES_KEPT),
  };
}

function deliver(state: State, { offset, event, messages = [], removed = [], ...rows }: Delivery): State {
  const { position, conversations } = state;
  if (position && offset <= position.offset) return state;
  /** As on the server: what was opened or has a new line comes first. */
  const isActive = ({ id }: VisitorConversation): number =>
    +((event.type === "conversation.created" && event.conversation_id === id) || messages.some((row) => row.conversation_id === id));
  const isAlone = ({ conversation_id, seq }: Message): boolean =>
    seq > 1 && !state.messages.some((row) => row.conversation_id === conversation_id);
  const known = put(conversations, rows.visitor_conversations, idOf)
    .filter(({ id }) => !removed.includes(id))
    .sort((one, other) => isActive(other) - isActive(one))
    .slice(0, CONVERSATIONS_KEPT);
  return {
    ...withMessages({ ...state, conversations: known }, messages),
    // Only a snapshot brings the transcript before the one on screen that is gone, or what stands before the new line of one
    // that was not here, or tells the place of one that was another's.
    position:
      event.type === "conversation.moved" || removed.includes(conversations[0]?.id as Id) || messages.some(isAlone)
        ? null
        : position && { ...position, offset },
    operators: put(state.operators, rows.public_operators, idOf),
    contact: rows.contacts?.at(-1) ?? state.contact,
    typing: messages.some(({ author }) => author.kind !== "visitor") ? null : state.typing,
  };
}

export function reduce(state: State, frame: VisitorServerFrame): State {
  if (frame.type === "welcome") {
    const { visitor_state, position, is_accepting } = frame;
    return {
      ...state,
      ...visitor_state,
      position: visitor_state ? position : (state.position ?? position),
      isAccepting: is_accepting,
      typing: null,
    };
  }
  if (frame.type === "event") return deliver(state, frame);
  if (frame.type === "typing") return { ...state, typing: frame.is_typing ? frame : null };
  return frame.type === "accepting" ? { ...state, isAccepting: frame.is_accepting } : state;
}
