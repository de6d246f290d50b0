/** Lists of messages, ascending by `seq`, each once. Pure. */
import { TRANSCRIPT_PAGE, type Message } from "../../../protocol/generated.ts";

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
