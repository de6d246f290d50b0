/**
 * What the visitor did and the server has not stored yet, in order. One command is under way at a time, so order holds
 * whatever is lost; the server knows every `client_id` and does nothing twice.
 */
import type {
  Ack,
  EndConversation,
  Id,
  RateConversation,
  Refused,
  ReportOrder,
  SendMessage,
  SetContact,
  TrackEvent,
} from "../../../protocol/generated.ts";

type Without<T> = T extends unknown ? Omit<T, "client_id"> : never;
/** A command that is answered, before it has its `client_id`. */
export type Command = Without<SendMessage | EndConversation | RateConversation | SetContact | ReportOrder | TrackEvent>;

export interface Entry {
  client_id: string;
  frame: Command & { text?: string };
  at: number;
  /** The tab that wrote it, which also sends it; others step in when that tab is gone. */
  tab: string;
  /** Refused for good: the visitor decides. */
  failed?: boolean;
  /** Stored; waits only for its row. Never kept. */
  acked?: boolean;
}

export interface Options {
  tab: string;
  read(): Entry[];
  write(entries: Entry[]): void;
  /** Whether it went out. */
  send(frame: Command & { client_id: string }): boolean;
  /** Where a message belongs that names no conversation. */
  conversation(): Id | undefined;
  changed(): void;
}

export interface Outbox {
  entries(): Entry[];
  /** False: the outbox is full, nothing was kept. */
  add(client_id: string, frame: Command): boolean;
  take(frame: Ack | Refused): void;
  /** Send what can be sent. After a new connection nothing is under way. */
  pump(isNewConnection?: boolean): void;
  retry(client_id: string): void;
  drop(client_id: string): void;
  /** Forget what was stored and waits for its row: the rows are here. */
  settle(): void;
}

export const OUTBOX_MAX = 100;
const OTHER_TAB_MS = 4_000;

export function outbox(options: Options): Outbox {
  const { read, write, changed } = options;
  let acked: Entry[] = [];
  let underWay: string | undefined;
  let opened: Id | undefined;
  let timer = 0;

  const edit = (client_id: string, change: (entry: Entry) => Entry[]): void => {
    write(read().flatMap((entry) => (entry.client_id === client_id ? change(entry) : [entry])));
    changed();
  };
  const pumpIn = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = +setTimeout(() => {
      timer = 0;
      pump();
    }, milliseconds);
  };

  function pump(isNewConnection?: boolean): void {
    if (isNewConnection) {
      underWay = undefined;
      clearTimeout(timer);
      timer = 0;
    }
    const entry = read().find((each) => !each.failed);
    if (!entry || timer || entry.client_id === underWay) return;
    const { client_id, frame, at, tab } = entry;
    const wait = at + OTHER_TAB_MS - Date.now();
    if (tab !== options.tab && wait > 0) return pumpIn(Math.min(wait, OTHER_TAB_MS));
    let command: Command & { client_id: string } = { ...frame, client_id };
    if (command.type === "send_message" && command.conversation_id === undefined) {
      const newest = options.conversation();
      const conversation_id = opened && newest && opened < newest ? newest : (opened ?? newest);
      if (conversation_id) command = { ...command, conversation_id };
    }
    if (options.send(command)) underWay = client_id;
  }

  return {
    entries: () => [...acked, ...read()],
    add(client_id, frame) {
      const entries = read();
      if (entries.length >= OUTBOX_MAX) return false;
      write([...entries, { client_id, frame, at: Date.now(), tab: options.tab }]);
      changed();
      pump();
      return true;
    },
    take(frame) {
      const { client_id } = frame;
      if (client_id === underWay) underWay = undefined;
      const entry = read().find((each) => each.client_id === client_id);
      if (entry && frame.type === "ack") {
        if (frame.seq != null) {
          opened = frame.conversation_id ?? opened;
          acked.push({ ...entry, acked: true });
        }
        edit(entry.client_id, () => []);
      } else if (entry && frame.type === "refused") {
        const { error } = frame;
        if (error.retry_after_seconds !== undefined) return pumpIn(error.retry_after_seconds * 1_000);
        edit(entry.client_id, () => (entry.frame.type === "send_message" ? [{ ...entry, failed: true }] : []));
      }
      pump();
    },
    pump,
    retry(client_id) {
      edit(client_id, ({ failed, ...entry }) => [{ ...entry, tab: options.tab }]);
      pump();
    },
    drop: (client_id) => edit(client_id, () => []),
    settle() {
      acked = [];
    },
  };
}
