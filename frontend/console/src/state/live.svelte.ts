/** The console's live state: one connection, one reducer, one outbox, for as long as somebody is signed in. */
import type { Contact, Conversation, Id, Message, OperatorFrame, ServerFrame } from "../../../protocol/generated.ts";
import { PROTOCOL } from "../../../protocol/generated.ts";
import { api } from "../api.ts";
import { Connection, type ConnectionStatus, type EndReason } from "./connection.ts";
import { newClientId } from "./ids.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import { EMPTY, reduce, typingKey, type LocalAction, type State } from "./reduce.ts";
import { openPoll, openSocket } from "./transports.ts";

const TYPING_LAPSES_MS = 8000;
const SLEPT_MS = 10_000;
/** A message is answered in milliseconds; without an answer after this long the line may be dead. */
const ANSWER_MS = 3000;

let state = $state.raw<State>(EMPTY);
let status = $state<ConnectionStatus>("connecting");
let offlineSince = $state<number | null>(null);
let isRefused = $state(false);
let outgoing = $state.raw<readonly Outgoing[]>([]);

let connection: Connection | null = null;
let outbox: Outbox | null = null;
let stopWatching: () => void = () => undefined;
const lapses = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<(frame: ServerFrame, before: State) => void>();

export const live = {
  get state() {
    return state;
  },
  get status() {
    return status;
  },
  get offlineSince() {
    return offlineSince;
  },
  get isRefused() {
    return isRefused;
  },
  get outgoing() {
    return outgoing;
  },
};

/** Be told of every frame after the state has taken it in; answers how to stop. */
export function onFrame(listener: (frame: ServerFrame, before: State) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function received(frame: ServerFrame): void {
  const before = state;
  state = reduce(state, frame);
  if (frame.type === "welcome") outbox?.resend();
  else if (frame.type === "ack") outbox?.acknowledged(frame);
  else if (frame.type === "refused") outbox?.refused(frame);
  else if (frame.type === "typing") lapseLater(typingKey(frame));
  if (frame.type === "event") {
    outbox?.arrived(frame.messages ?? []);
    outbox?.discardConversations(frame.removed ?? []);
  }
  for (const listener of listeners) listener(frame, before);
}

function lapseLater(key: string): void {
  clearTimeout(lapses.get(key));
  lapses.set(
    key,
    setTimeout(() => {
      lapses.delete(key);
      state = reduce(state, { type: "typing_lapsed", key });
    }, TYPING_LAPSES_MS),
  );
}

function hello(): OperatorFrame {
  return { type: "hello", protocol: PROTOCOL, position: state.position, transcripts: [...state.transcripts.keys()].slice(-20) };
}

/** Connect for this operator; `ended` says why there is no more connection. */
export function startLive(operatorId: Id, ended: (reason: EndReason) => void): void {
  stopLive();
  state = { ...EMPTY, me: operatorId };
  isRefused = false;
  const line = new Connection({
    socket: openSocket,
    poll: openPoll,
    hello,
    offset: () => state.position?.offset ?? 0,
    frame: received,
    status: (next) => {
      if (next === "online") offlineSince = null;
      else offlineSince ??= Date.now();
      status = next;
    },
    ended: (reason) => {
      status = "offline";
      isRefused = reason === "refused";
      ended(reason);
    },
  });
  connection = line;
  outbox = new Outbox({
    storage: usableStorage(),
    prefix: `klepet.console.outbox.${operatorId}.`,
    send: (frame) => line.send(frame),
    changed: (entries) => (outgoing = entries),
    later: (run, milliseconds) => void setTimeout(run, milliseconds),
  });
  stopWatching = watchForSleep(() => line.check());
  line.start();
}

export function stopLive(): void {
  connection?.stop();
  stopWatching();
  for (const timer of lapses.values()) clearTimeout(timer);
  lapses.clear();
  connection = null;
  outbox = null;
  state = EMPTY;
  status = "connecting";
  offlineSince = null;
}

/** Look now whether the connection works. */
export function checkConnection(): void {
  connection?.check();
}

/** What this browser keeps, unless that is blocked. */
export function usableStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** A computer that slept, a window that was hidden, a network that changed: the line may be dead without anybody saying so. */
function watchForSleep(check: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > SLEPT_MS) check();
    last = now;
  }, 2000);
  const shown = (): void => {
    if (document.visibilityState === "visible") check();
  };
  addEventListener("online", check);
  addEventListener("pageshow", check);
  document.addEventListener("visibilitychange", shown);
  return () => {
    clearInterval(timer);
    removeEventListener("online", check);
    removeEventListener("pageshow", check);
    document.removeEventListener("visibilitychange", shown);
  };
}

/** Take rows from REST or from this side into the state. */
export function dispatch(action: LocalAction): void {
  state = reduce(state, action);
}

/** Send a passing frame (typing, receipts); it is dropped when there is no connection. */
export function signal(frame: OperatorFrame): void {
  connection?.send(frame);
}

export function sendMessage(conversationId: Id, kind: "text" | "note", text: string): void {
  const client_id = newClientId();
  outbox?.add({ client_id, conversation_id: conversationId, kind, text, at: Date.now() });
  setTimeout(() => {
    if (outgoing.some((entry) => entry.client_id === client_id)) checkConnection();
  }, ANSWER_MS);
}

export function retryMessage(clientId: string): void {
  outbox?.retry(clientId);
}

export function discardMessage(clientId: string): void {
  outbox?.discard(clientId);
}

interface Messages {
  items: Message[];
  has_more: boolean;
}

/** Ask for the newest page of a transcript that is open. */
export async function loadTranscript(id: Id): Promise<void> {
  const page = await api.get<Messages>(`/conversations/${id}/messages`);
  dispatch({ type: "transcript_loaded", conversation_id: id, messages: page.items, has_older: page.has_more });
  outbox?.arrived(page.items);
}

/** Ask for the page before the oldest message that is here. */
export async function loadOlder(id: Id, limit = 50): Promise<void> {
  const first = state.transcripts.get(id)?.messages[0]?.seq;
  if (first === undefined) return;
  const page = await api.get<Messages>(`/conversations/${id}/messages`, { before: first, limit });
  dispatch({ type: "transcript_loaded", conversation_id: id, messages: page.items, has_older: page.has_more });
}

/** Put rows that an answer brought where they belong. */
export function takeRows(conversations: Conversation[], contacts: Contact[]): void {
  dispatch({ type: "rows_loaded", conversations, contacts });
}
