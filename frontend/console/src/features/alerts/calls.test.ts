import { describe, expect, it } from "vitest";
import type { Conversation, Delivery } from "../../../../protocol/generated.ts";
import { conversation, delivery, message, welcome } from "../../state/fixtures.ts";
import { EMPTY, reduce, type State } from "../../state/reduce.ts";
import { callOf } from "./calls.ts";

function said(row: Conversation, authorKind: "visitor" | "operator" = "visitor"): Delivery {
  const author = { kind: authorKind, id: null };
  return delivery(2, {
    event: {
      type: "message.sent",
      conversation_id: row.id,
      contact_id: row.contact_id,
      site_id: row.site_id,
      seq: row.last_seq,
      kind: "text",
      author_kind: authorKind,
      operator_id: null,
    },
    conversations: [row],
    messages: [message(row.id, row.last_seq, { author })],
  });
}

function call(before: Conversation[], frame: Delivery): string | undefined {
  const state: State = reduce(EMPTY, welcome({ conversations: before }));
  return callOf(frame, state, reduce(state, frame))?.kind;
}

describe("calls", () => {
  it("come for somebody new in the queue, once", () => {
    expect(call([], said(conversation("a")))).toBe("queued");
    expect(call([conversation("a")], said(conversation("a", { last_seq: 2 })))).toBeUndefined();
  });

  it("come when a conversation is back in the queue and its visitor writes", () => {
    expect(call([conversation("a", { assignee_id: "other" })], said(conversation("a", { last_seq: 2 })))).toBe("queued");
  });

  it("come for every word in a conversation of mine, and for none of a colleague's", () => {
    expect(call([], said(conversation("a", { assignee_id: "me", last_seq: 7 })))).toBe("message");
    expect(call([], said(conversation("a", { assignee_id: "other" })))).toBeUndefined();
  });

  it("do not come for what we write ourselves", () => {
    expect(call([], said(conversation("a", { assignee_id: "me" }), "operator"))).toBeUndefined();
  });
});
