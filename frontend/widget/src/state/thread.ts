/** The lines of the transcript as they stand on the screen: days, system lines, messages in groups, marks. */
import type { Id, Message, PublicOperator, SystemFact } from "../../../protocol/generated.ts";
import type { Entry } from "../outbox/outbox.ts";
import type { State } from "./reduce.ts";

/** How far an own message has come. */
export type Mark = "pending" | "sent" | "delivered" | "read" | "failed";

export interface Line {
  /** The same through sending, storing and reading: its node on the screen stays. */
  key: string;
  text: string;
  at: number;
  /** The line says only that a day begins. */
  isDay?: boolean;
  conversationId?: Id | undefined;
  /** The place in the transcript; 0 for what is not stored yet. */
  seq: number;
  fact?: SystemFact | null;
  isMine?: boolean;
  author?: PublicOperator | undefined;
  /** First and last of a group: what one author wrote within five minutes. */
  isFirst: boolean;
  isLast: boolean;
  mark?: Mark | undefined;
}

const GROUP_MS = 300_000;

function fromMessage(state: State, row: Message): Line {
  const isMine = row.author.kind === "visitor";
  return {
    key: (isMine && row.client_id) || row.conversation_id + row.seq,
    text: row.text,
    at: Date.parse(row.at),
    conversationId: row.conversation_id,
    seq: row.seq,
    fact: row.fact,
    isMine,
    author: state.operators.find((operator) => operator.id === row.author.id),
    isFirst: true,
    isLast: true,
  };
}

const fromEntry = (entry: Entry): Line => ({
  key: entry.client_id,
  text: entry.frame.text ?? "",
  at: entry.at,
  seq: 0,
  isMine: true,
  isFirst: true,
  isLast: true,
  mark: entry.failed ? "failed" : entry.acked ? "sent" : "pending",
});

function markOf(state: State, { conversationId, seq }: Line): Mark {
  const row = state.conversations.find(({ id }) => id === conversationId);
  return row && row.operator_read_seq >= seq ? "read" : row && row.operator_delivered_seq >= seq ? "delivered" : "sent";
}

export function threadOf(state: State, entries: readonly Entry[]): Line[] {
  const stored = new Set(state.messages.map((row) => row.client_id));
  const lines = [
    ...state.messages.map((row) => fromMessage(state, row)),
    ...entries.filter((entry) => entry.frame.type === "send_message" && !stored.has(entry.client_id)).map(fromEntry),
  ];
  const shown: Line[] = [];
  let before: Line | undefined;
  for (const line of lines) {
    const { at, fact, isMine, author } = line;
    const isNewDay = new Date(at).toDateString() !== (before && new Date(before.at).toDateString());
    if (isNewDay) shown.push({ key: "day" + at, text: "", at, isDay: true, seq: 0, isFirst: true, isLast: true });
    else if (
      before &&
      !fact &&
      !before.fact &&
      before.isMine === isMine &&
      before.author?.id === author?.id &&
      at - before.at < GROUP_MS
    )
      before.isLast = line.isFirst = false;
    shown.push((before = line));
  }
  const last = lines.findLast((line) => line.isMine);
  if (last?.seq) last.mark = markOf(state, last);
  return shown;
}
