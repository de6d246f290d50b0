/** Lists of messages, ascending by `seq`, each once. Pure. */
import { TRANSCRIPT_PAGE, type Message } from "../../../protocol/generated.ts";

export interface Transcript {
  /** Ascending by `seq`, without gaps. */
  messages: readonly Message[];
  /** Whether the page with the newest message is here. */
  isLoaded: boolean;
  /** Whether the server has older ones. */
  hasOlder: boolean;
}

/** Two ascending lists as one; where both have a `seq`, the second list's message stays. */
export function mergeMessages(one: readonly Message[], other: readonly Message[]): readonly Message[] {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const bySeq = new Map<number, Message>();
  for (const message of one) bySeq.set(message.seq, message);
  for (const message of other) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** The usual case: a message that comes after all others. */
export function appendMessages(messages: readonly Message[], message: Message): readonly Message[] {
  const last = messages.at(-1);
  return !last || message.seq > last.seq ? [...messages, message] : mergeMessages(messages, [message]);
}

export function lastPage(messages: readonly Message[]): readonly Message[] {
  return messages.slice(-TRANSCRIPT_PAGE);
}

/** The newest page joins what is held if nothing lies between; otherwise it replaces it. */
export function refreshed(held: Transcript, page: readonly Message[]): Transcript {
  const first = page[0]?.seq ?? 1;
  const last = held.messages.at(-1)?.seq ?? 0;
  if (held.isLoaded && first <= last + 1) return { ...held, messages: mergeMessages(held.messages, page) };
  return { messages: page, isLoaded: true, hasOlder: first > 1 };
}
