/**
 * Messages on their way: kept until the server says that they are stored, sent again after a reconnect, in the order they were written.
 *
 *   pending --ack--> sent (leaves when its message arrives)        pending --refused, may succeed later--> pending, sent again later
 *   pending --refused for good--> failed --retry--> pending        failed --discard--> gone
 *
 * Each entry is one item of the storage, so that several tabs never overwrite each other's. The server takes a `client_id` once.
 */
import type { Ack, Id, Message, Refused, SendMessage } from "../../../protocol/generated.ts";

export interface Outgoing {
  client_id: string;
  conversation_id: Id;
  kind: "text" | "note";
  text: string;
  /** When it was written, in milliseconds. */
  at: number;
  /** Its place among the messages of this browser. */
  order: number;
  status: "pending" | "sent" | "failed";
  /** Why it failed: the code of the refusal. */
  problem?: string;
}

export interface OutboxOptions {
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> | null;
  prefix: string;
  /** False when nothing can be sent now. */
  send: (frame: SendMessage) => boolean;
  changed: (entries: readonly Outgoing[]) => void;
  later: (run: () => void, milliseconds: number) => void;
}

export class Outbox {
  #options: OutboxOptions;
  #entries: Outgoing[] = [];
  /** Until a retryable refusal has passed nothing is sent, so that order holds. */
  #isHeld = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#entries = this.#stored().sort((one, other) => one.order - other.order);
    this.#options.changed(this.#entries);
  }

  get entries(): readonly Outgoing[] {
    return this.#entries;
  }

  /** Take a message and send it when possible. */
  add(draft: Pick<Outgoing, "client_id" | "conversation_id" | "kind" | "text" | "at">): void {
    const order = Math.max(0, ...this.#entries.map((entry) => entry.order)) + 1;
    const entry: Outgoing = { ...draft, order, status: "pending" };
    this.#put([...this.#entries, entry], entry);
    if (!this.#isHeld) this.#options.send(frameOf(entry));
  }

  /** Send everything that is pending, oldest first: after a connection was made. */
  resend(): void {
    this.#isHeld = false;
    for (const entry of this.#entries) {
      if (entry.status === "pending" && !this.#options.send(frameOf(entry))) return;
    }
  }

  acknowledged(frame: Ack): void {
    this.#change(frame.client_id, (entry) => ({ ...entry, status: "sent" }));
  }

  /** The message itself arrived: it stands in the transcript now. */
  arrived(messages: readonly Message[]): void {
    const ids = new Set(messages.map((message) => message.client_id));
    for (const entry of this.#entries.filter((candidate) => ids.has(candidate.client_id))) this.discard(entry.client_id);
  }

  refused(frame: Refused): void {
    if (!this.#entries.some((entry) => entry.client_id === frame.client_id)) return;
    const wait = frame.error.retry_after_seconds;
    if (wait === undefined) {
      this.#change(frame.client_id, (entry) => ({ ...entry, status: "failed", problem: frame.error.code }));
    } else if (!this.#isHeld) {
      this.#isHeld = true;
      this.#options.later(() => this.resend(), Math.max(wait, 0.1) * 1000);
    }
  }

  /** Fail what waits for a conversation that cannot take it: the reason is known before sending. */
  fail(clientId: string, problem: string): void {
    this.#change(clientId, (entry) => ({ ...entry, status: "failed", problem }));
  }

  retry(clientId: string): void {
    const entry = this.#entries.find((candidate) => candidate.client_id === clientId);
    if (!entry) return;
    const again: Outgoing = { ...entry, status: "pending" };
    delete again.problem;
    this.#put(this.#entries.map((candidate) => (candidate === entry ? again : candidate)), again);
    if (!this.#isHeld) this.#options.send(frameOf(again));
  }

  discard(clientId: string): void {
    const entries = this.#entries.filter((entry) => entry.client_id !== clientId);
    if (entries.length === this.#entries.length) return;
    this.#options.storage?.removeItem(this.#options.prefix + clientId);
    this.#entries = entries;
    this.#options.changed(entries);
  }

  /** Forget what belongs to conversations that are gone. */
  discardConversations(ids: readonly Id[]): void {
    for (const entry of this.#entries.filter((candidate) => ids.includes(candidate.conversation_id))) this.discard(entry.client_id);
  }

  #change(clientId: string | null, change: (entry: Outgoing) => Outgoing): void {
    const entry = this.#entries.find((candidate) => candidate.client_id === clientId);
    if (!entry || entry.status === "sent") return;
    const changed = change(entry);
    this.#put(this.#entries.map((candidate) => (candidate === entry ? changed : candidate)), changed);
  }

  #put(entries: Outgoing[], entry: Outgoing): void {
    try {
      this.#options.storage?.setItem(this.#options.prefix + entry.client_id, JSON.stringify(entry));
    } catch {
      // Full or blocked storage: the message still goes out from here, it only does not survive a reload.
    }
    this.#entries = entries;
    this.#options.changed(entries);
  }

  /** What an earlier page left. What was acknowledged is stored on the server and needs no keeping. */
  #stored(): Outgoing[] {
    const { storage, prefix } = this.#options;
    const found: Outgoing[] = [];
    try {
      const names = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? "");
      for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
        const entry = JSON.parse(storage?.getItem(name) ?? "null") as Outgoing | null;
        if (entry?.status === "pending" || entry?.status === "failed") found.push(entry);
        else storage?.removeItem(name);
      }
    } catch {
      // Blocked storage, or not written by us: begin with what could be read.
    }
    return found;
  }
}

function frameOf(entry: Outgoing): SendMessage {
  const { client_id, conversation_id, text, kind } = entry;
  return { type: "send_message", client_id, conversation_id, text, kind };
}
