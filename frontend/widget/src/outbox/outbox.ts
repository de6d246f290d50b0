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
import type { Memory } from "../kit/memory.ts";

type Without<T> = T extends unknown ? Omit<T, "client_id"> : never;
/** A command that is answered, before it has its `client_id`. */
export type Command = Without<SendMessage | EndConversation | RateConversation | SetContact | ReportOrder | TrackEvent>;

export interface Entry {
  client_id: string;
  frame: Command & { text?: string };
  at: number;
  /** The tab that sends it; `tabs.ts` takes over what a tab left behind. */
  tab: string;
  /** Refused for good: the visitor decides. */
  failed?: boolean;
  /** Stored; waits only for its row. Never kept. */
  acked?: boolean;
}

export interface Options {
  memory: Pick<Memory, "tab" | "entries" | "keep" | "drop">;
  /** Whether it went out. */
  send(frame: Command & { client_id: string }): boolean;
  /** Where a message belongs that names no conversation; `opened` was stored to last, and may not be known yet. */
  home(opened: Id | null): Id | null;
  changed(): void;
}

export interface Outbox {
  entries(): Entry[];
  /** False: the outbox is full, nothing was kept. */
  add(client_id: string, frame: Command): boolean;
  take(frame: Ack | Refused): void;
  /** Send what can be sent. After a new connection nothing is under way. */
  pump(isNewConnection?: boolean): void;
  /** Forget what was stored and waits for its row: the rows are here. */
  settle(): void;
}

export const OUTBOX_MAX = 100;

export function outbox(options: Options): Outbox {
  const { memory, changed } = options;
  let acked: Entry[] = [];
  let underWay: string | undefined;
  let opened: Id | null = null;
  let wait = 0;

  function pump(isNewConnection?: boolean): void {
    if (isNewConnection) {
      underWay = undefined;
      clearTimeout(wait);
      wait = 0;
    }
    const entry = memory.entries().find((each) => !each.failed);
    if (!entry || entry.tab !== memory.tab || entry.client_id === underWay || wait) return;
    const { client_id, frame } = entry;
    const command = { ...frame, client_id };
    if (command.type === "send_message" && command.conversation_id === undefined) command.conversation_id = options.home(opened);
    if (options.send(command)) underWay = client_id;
  }

  return {
    entries: () => [...acked, ...memory.entries()],
    add(client_id, frame) {
      const entries = memory.entries();
      if (entries.length >= OUTBOX_MAX) return false;
      // The order in which they were written holds also within one tick of the clock, and when it is set back.
      const at = Math.max(Date.now(), (entries.at(-1)?.at ?? 0) + 1);
      memory.keep({ client_id, frame, at, tab: memory.tab });
      changed();
      pump();
      return true;
    },
    take(frame) {
      const { client_id } = frame;
      const entry = memory.entries().find((each) => each.client_id === client_id);
      if (client_id === underWay) underWay = undefined;
      if (!entry) return pump(); // another tab saw to it
      if (frame.type === "refused" && frame.error.retry_after_seconds !== undefined) {
        clearTimeout(wait);
        wait = +setTimeout(() => {
          wait = 0;
          pump();
        }, frame.error.retry_after_seconds * 1_000);
        return;
      }
      const isMessage = entry.frame.type === "send_message";
      if (isMessage && frame.type === "ack") {
        opened = frame.conversation_id;
        acked.push({ ...entry, acked: true });
      }
      if (isMessage && frame.type === "refused") memory.keep({ ...entry, failed: true });
      else memory.drop(entry);
      changed();
      pump();
    },
    pump,
    settle() {
      acked = [];
      opened = null;
    },
  };
}
