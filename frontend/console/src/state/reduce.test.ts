import { describe, expect, it } from "vitest";
import type { Contact, Conversation, Delivery, Message } from "../../../protocol/generated.ts";
import { contact, conversation, delivery, message, welcome } from "./fixtures.ts";
import { conversationOf, EMPTY, reduce, snapshotOf, type LocalAction, type State } from "./reduce.ts";

type Frame = Parameters<typeof reduce>[1];

function run(...frames: Frame[]): State {
  return frames.reduce(reduce, EMPTY);
}

const opened = (id: string): LocalAction => ({ type: "transcript_opened", conversation_id: id });
const loaded = (id: string, messages: Message[], has_older = false): LocalAction => ({
  type: "transcript_loaded",
  conversation_id: id,
  messages,
  has_older,
});

describe("conversations", () => {
  it("come with the snapshot and follow events", () => {
    const state = run(
      welcome({ conversations: [conversation("a")], contacts: [contact("contact-a")] }),
      delivery(2, { conversations: [conversation("b")], contacts: [contact("contact-b")] }),
    );
    expect([...state.conversations.keys()]).toEqual(["a", "b"]);
    expect(state.openCount).toBe(2);
    expect(state.position).toEqual({ offset: 2, epoch: "e" });
  });

  it("leave when they are closed, and come back when they are reopened", () => {
    const before = run(welcome({ conversations: [conversation("a")], contacts: [contact("contact-a")] }));
    const closed = reduce(before, delivery(2, { conversations: [conversation("a", { status: "closed" })] }));
    expect(closed.conversations.size).toBe(0);
    expect(closed.contacts.size).toBe(0);
    expect(closed.openCount).toBe(0);
    const again = reduce(closed, delivery(3, { conversations: [conversation("a")], contacts: [contact("contact-a")] }));
    expect(again.conversations.size).toBe(1);
    expect(again.openCount).toBe(1);
  });

  it("are kept aside with their contact while their transcript is shown", () => {
    const shown = run(welcome({ conversations: [conversation("a")], contacts: [contact("contact-a")] }), opened("a"));
    const closed = reduce(shown, delivery(2, { conversations: [conversation("a", { status: "closed" })] }));
    expect(closed.conversations.has("a")).toBe(false);
    expect(conversationOf(closed, "a")?.status).toBe("closed");
    expect(closed.contacts.has("contact-a")).toBe(true);
    const left = reduce(closed, { type: "transcript_closed", conversation_id: "a" });
    expect(conversationOf(left, "a")).toBeUndefined();
    expect(left.contacts.size).toBe(0);
  });

  it("stay while snoozed, as in a snapshot", () => {
    const state = run(welcome({ conversations: [conversation("a")] }), delivery(2, { conversations: [conversation("a", { status: "snoozed" })] }));
    expect(state.conversations.get("a")?.status).toBe("snoozed");
  });

  it("that are removed take their transcript along", () => {
    const state = run(
      welcome({ conversations: [conversation("a")] }),
      opened("a"),
      loaded("a", [message("a", 1)]),
      delivery(2, { removed: ["a"] }),
    );
    expect(state.conversations.size + state.transcripts.size + state.aside.size).toBe(0);
  });

  it("that move to another contact leave nothing of the former one", () => {
    const moved = conversation("a", { contact_id: "known" });
    const state = run(
      welcome({ conversations: [conversation("a")], contacts: [contact("contact-a")] }),
      delivery(2, { conversations: [moved], contacts: [contact("known")] }),
    );
    expect([...state.contacts.keys()]).toEqual(["known"]);
  });
});

describe("transcripts", () => {
  it("are followed only while they are open", () => {
    const state = run(
      welcome({ conversations: [conversation("a"), conversation("b")] }),
      opened("a"),
      delivery(2, { messages: [message("a", 1), message("b", 1)] }),
    );
    expect([...state.transcripts.keys()]).toEqual(["a"]);
  });

  it("join a page with what came while it was asked for", () => {
    const state = run(opened("a"), delivery(2, { messages: [message("a", 3)] }), loaded("a", [message("a", 1), message("a", 2)]));
    expect(state.transcripts.get("a")?.messages.map((entry) => entry.seq)).toEqual([1, 2, 3]);
  });

  it("put older pages before what is there, and know when there is nothing older", () => {
    const state = run(opened("a"), loaded("a", [message("a", 3)], true), loaded("a", [message("a", 1), message("a", 2)], false));
    expect(state.transcripts.get("a")).toMatchObject({ hasOlder: false });
    expect(state.transcripts.get("a")?.messages).toHaveLength(3);
  });

  it("are replaced by a snapshot when messages lie between, and kept when none do", () => {
    const before = run(opened("a"), loaded("a", [message("a", 1), message("a", 2)]));
    const joined = reduce(before, welcome({ messages: [message("a", 2), message("a", 3)] }, 9));
    expect(joined.transcripts.get("a")?.messages.map((entry) => entry.seq)).toEqual([1, 2, 3]);
    const replaced = reduce(before, welcome({ messages: [message("a", 8), message("a", 9)] }, 9));
    expect(replaced.transcripts.get("a")).toMatchObject({ hasOlder: true });
    expect(replaced.transcripts.get("a")?.messages.map((entry) => entry.seq)).toEqual([8, 9]);
  });
});

describe("signals", () => {
  const typing = { type: "typing", conversation_id: "a", author_kind: "visitor", is_typing: true, operator_id: null } as const;

  it("of typing end with a message, with a word, or with time", () => {
    const state = run(typing);
    expect(state.typing.size).toBe(1);
    expect(reduce(state, { ...typing, is_typing: false }).typing.size).toBe(0);
    expect(reduce(state, { type: "typing_lapsed", key: "a:visitor" }).typing.size).toBe(0);
    expect(reduce(state, delivery(2, { messages: [message("a", 1)] })).typing.size).toBe(0);
  });

  it("of presence say where a visitor is", () => {
    const page = { url: "https://shop.example/cart" };
    const came = run({ type: "visitor_presence", visitor_id: "v", contact_id: "c", is_online: true, page });
    expect(came.onlineVisitors.has("v")).toBe(true);
    expect(came.pages.get("v")).toEqual(page);
    const left = reduce(came, { type: "visitor_presence", visitor_id: "v", contact_id: "c", is_online: false, page: null });
    expect(left.onlineVisitors.size + left.pages.size).toBe(0);
    const again = reduce(came, welcome(null, 2, { online_visitor_ids: ["v"] }));
    expect(again.onlineVisitors.has("v")).toBe(true);
    expect(again.pages.size).toBe(0);
  });
});

it("a welcome without a snapshot keeps what is known", () => {
  const before = run(welcome({ conversations: [conversation("a")] }, 7));
  const after = reduce(before, welcome(null, 12));
  expect(after.conversations).toBe(before.conversations);
  expect(after.position?.offset).toBe(7);
});

/** A server in miniature: it holds rows, changes them at random, and can be asked for a snapshot at any time. */
class Server {
  conversations = new Map<string, Conversation>();
  contacts = new Map<string, Contact>();
  messages = new Map<string, Message[]>();
  offset = 1;
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#seed / 2 ** 32) * below);
  }

  snapshot(transcripts: string[]) {
    const open = [...this.conversations.values()].filter((row) => row.status !== "closed");
    const contacts = [...new Set(open.map((row) => row.contact_id))].flatMap((id) => this.contacts.get(id) ?? []);
    const messages = transcripts.filter((id) => this.messages.has(id)).flatMap((id) => (this.messages.get(id) ?? []).slice(-50));
    return welcome({ conversations: open, contacts, messages }, this.offset);
  }

  step(): Delivery {
    this.offset += 1;
    const id = `c${this.random(6)}`;
    const row = this.conversations.get(id);
    if (!row) return this.#create(id);
    const kind = this.random(6);
    if (kind === 0) return this.#remove(row);
    if (kind === 1) return this.#put({ ...row, status: row.status === "closed" ? "open" : "closed" });
    if (kind === 2) return this.#put({ ...row, assignee_id: row.assignee_id ? null : "me" });
    if (kind === 3) return this.#rename(row);
    return this.#write({ ...row, status: "open", last_seq: row.last_seq + 1 });
  }

  #create(id: string): Delivery {
    const person = contact(`p${this.random(3)}`);
    if (!this.contacts.has(person.id)) this.contacts.set(person.id, person);
    this.messages.set(id, []);
    return this.#write(conversation(id, { contact_id: person.id, last_seq: 1 }));
  }

  #write(row: Conversation): Delivery {
    const entry = message(row.id, row.last_seq);
    this.messages.get(row.id)?.push(entry);
    return { ...this.#put(row), messages: [entry] };
  }

  #put(row: Conversation): Delivery {
    this.conversations.set(row.id, row);
    const person = this.contacts.get(row.contact_id);
    return delivery(this.offset, { conversations: [row], ...(person && { contacts: [person] }) });
  }

  #rename(row: Conversation): Delivery {
    const person = contact(row.contact_id, { name: `name ${this.offset}` });
    this.contacts.set(person.id, person);
    return delivery(this.offset, { contacts: [person] });
  }

  #remove(row: Conversation): Delivery {
    this.conversations.delete(row.id);
    this.messages.delete(row.id);
    return delivery(this.offset, { removed: [row.id] });
  }
}

it("snapshot + events since = fresh snapshot", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const server = new Server(seed);
    for (let step = 0; step < seed % 20; step += 1) server.step();
    let state = reduce(reduce(EMPTY, opened("c1")), server.snapshot(["c1"]));
    for (let step = 0; step < 60; step += 1) {
      state = reduce(state, server.step());
      if (!state.transcripts.has("c1")) state = reduce(reduce(state, opened("c1")), loaded("c1", server.messages.get("c1") ?? []));
      const fresh = reduce(reduce(EMPTY, opened("c1")), server.snapshot(["c1"]));
      expect(snapshotOf(state), `seed ${seed}, step ${step}`).toEqual(snapshotOf(fresh));
    }
  }
});

it("how many are open is right also where not all of them are held", () => {
  let state = reduce(EMPTY, welcome({ conversations: [conversation("a")], open_count: 3 }));
  const take = (type: string, row: Conversation): number => {
    const frame = delivery((state.position?.offset ?? 0) + 1, { conversations: [row] });
    state = reduce(state, { ...frame, event: { ...frame.event, type } as typeof frame.event });
    return state.openCount;
  };
  expect(take("message.sent", conversation("b"))).toBe(3);
  expect(take("conversation.closed", conversation("c", { status: "closed" }))).toBe(2);
  expect(take("conversation.closed", conversation("a", { status: "closed" }))).toBe(1);
  expect(take("conversation.created", conversation("d"))).toBe(2);
});
