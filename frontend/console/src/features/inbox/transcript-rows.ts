/** A transcript as rows to draw: one per message, each knowing what stands above it and where its group begins and ends. Pure. */
import type { Message } from "../../../../protocol/generated.ts";
import type { Outgoing } from "../../state/outbox.ts";
import { daysBetween } from "../../times.ts";

export interface Row {
  key: string;
  message: Message | null;
  outgoing: Outgoing | null;
  /** In milliseconds. */
  at: number;
  side: "visitor" | "operator" | "system";
  isNote: boolean;
  startsDay: boolean;
  startsNew: boolean;
  startsGroup: boolean;
  endsGroup: boolean;
  /** The marks sent, delivered, read stand under the last answer only. */
  hasMark: boolean;
}

const MINUTE = 60_000;

function rowOfMessage(message: Message): Row {
  const side = message.kind === "system" ? "system" : message.author.kind === "visitor" ? "visitor" : "operator";
  return blank(String(message.seq), Date.parse(message.at), side, message.kind === "note", { message });
}

function blank(key: string, at: number, side: Row["side"], isNote: boolean, what: Partial<Row>): Row {
  const flags = { startsDay: false, startsNew: false, startsGroup: true, endsGroup: true, hasMark: false };
  return { key, at, side, isNote, message: null, outgoing: null, ...flags, ...what };
}

function author(row: Row, me: string | null): string {
  return row.message ? (row.message.author.id ?? row.message.author.kind) : (me ?? "");
}

function belongTogether(above: Row, below: Row, me: string | null): boolean {
  return (
    above.side !== "system" &&
    above.side === below.side &&
    above.isNote === below.isNote &&
    author(above, me) === author(below, me) &&
    Math.floor(above.at / MINUTE) === Math.floor(below.at / MINUTE)
  );
}

/** `newFrom`: the line "new" stands above the first message of the visitor after this `seq`; null for none. */
export function rowsOf(messages: readonly Message[], outgoing: readonly Outgoing[], newFrom: number | null, me: string | null): Row[] {
  const known = new Set(messages.map((message) => message.client_id));
  const rows = messages.map(rowOfMessage);
  for (const entry of outgoing) {
    if (!known.has(entry.client_id)) rows.push(blank(entry.client_id, entry.at, "operator", entry.kind === "note", { outgoing: entry }));
  }
  let isNewDrawn = newFrom === null;
  for (const [index, row] of rows.entries()) {
    const above = rows[index - 1];
    row.startsDay = !above || daysBetween(above.at, row.at) !== 0;
    if (!isNewDrawn && row.side === "visitor" && (row.message?.seq ?? 0) > (newFrom ?? 0)) {
      row.startsNew = isNewDrawn = true;
    }
    if (above && !row.startsDay && !row.startsNew && belongTogether(above, row, me)) {
      row.startsGroup = false;
      above.endsGroup = false;
    }
  }
  const last = rows.findLast((row) => row.side === "operator" && !row.isNote && row.message);
  if (last) last.hasMark = true;
  return rows;
}

/** How far an answer came: stored, at the visitor's client, or on the visitor's screen. */
export function deliveryOf(seq: number, marks: { visitor_delivered_seq: number; visitor_read_seq: number }): "sent" | "delivered" | "read" {
  if (seq <= marks.visitor_read_seq) return "read";
  return seq <= marks.visitor_delivered_seq ? "delivered" : "sent";
}
