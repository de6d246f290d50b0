/** The lines of the transcript as they stand on the screen: days, system lines, messages in groups, marks. */
import type { Author, Id, SystemFact } from "../../../protocol/generated.ts";
import type { Entry } from "../outbox/outbox.ts";
import type { State } from "./reduce.ts";

/** How far an own message has come. */
export type Mark = "pending" | "sent" | "delivered" | "read" | "failed";

export interface Line {
  /** The same through sending, storing and reading: its node on the screen stays. */
  key: string;
  at: number;
  /** Without an author it is the site's greeting; without a text the line says only that a day begins. */
  author?: Author;
  text?: string;
  conversation_id?: Id;
  /** The place in the transcript, of what is stored. */
  seq?: number;
  fact?: SystemFact | null;
  /** First and last of a group: what one author wrote within five minutes. */
  isFirst?: boolean;
  isLast?: boolean;
  mark?: Mark;
}

const GROUP_MS = 300_000;

const who = ({ author }: Line): string => author?.kind + " " + author?.id;

function markOf({ conversations }: State, { conversation_id, seq = 0 }: Line): Mark {
  const row = conversations.find(({ id }) => id === conversation_id);
  return row && row.operator_read_seq >= seq ? "read" : row && row.operator_delivered_seq >= seq ? "delivered" : "sent";
}

export function threadOf(state: State, entries: readonly Entry[]): Line[] {
  const stored = new Set(state.messages.map((row) => row.client_id));
  const waiting = entries.filter(({ frame, client_id }) => frame.type === "send_message" && !stored.has(client_id));
  const shown: Line[] = [];
  let before: Line | undefined;
  let own: Line | undefined;
  const lines: Line[] = [
    ...state.messages.map((row) => ({
      ...row,
      key: (row.author.kind === "visitor" && row.client_id) || row.conversation_id + row.seq,
      at: Date.parse(row.at),
    })),
    ...waiting.map(({ client_id, frame, at, failed, acked }): Line => ({
      key: client_id,
      text: frame.text as string,
      at,
      author: { kind: "visitor", id: null },
      mark: failed ? "failed" : acked ? "sent" : "pending",
    })),
  ];
  for (const line of lines) {
    const { at } = line;
    const isNewDay = new Date(at).toDateString() !== (before && new Date(before.at).toDateString());
    if (isNewDay) shown.push({ key: "day" + at, at });
    line.isFirst = isNewDay || !before || who(before) !== who(line) || at - before.at > GROUP_MS;
    line.isLast = true;
    if (before && !line.isFirst) before.isLast = false;
    shown.push((before = line));
    if (line.author?.kind === "visitor") own = line;
  }
  if (own?.seq) own.mark = markOf(state, own);
  return shown;
}
