/** What an operator does with a conversation. Each says what happened, and closing can be undone. */
import type { Conversation, Id, Operator } from "../../../../protocol/generated.ts";
import { showToast } from "../../../../ui/toasts.svelte.ts";
import { api, ApiError } from "../../api.ts";
import { t } from "../../i18n.svelte.ts";
import { nameOf } from "../../people.ts";
import { sentenceFor } from "../../problems.ts";
import { live } from "../../state/live.svelte.ts";
import { conversationOf } from "../../state/reduce.ts";

function visitorName(conversation: Conversation): string {
  return nameOf(live.state.contacts.get(conversation.contact_id), conversation.contact_id);
}

async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    showToast(sentenceFor(error), { kind: "bad" });
    return false;
  }
}

/** Take a queued conversation, or one from a colleague. Who was faster is said by name. */
export async function acceptConversation(conversation: Conversation): Promise<void> {
  try {
    await api.put(`/conversations/${conversation.id}/assignment`, { operator_id: live.state.me });
  } catch (error) {
    const holder = live.state.operators.get(conversationOf(live.state, conversation.id)?.assignee_id ?? "");
    const isTaken = error instanceof ApiError && error.status === 409 && holder;
    showToast(isTaken ? t("conversation.taken", { name: holder.name }) : sentenceFor(error), { kind: "bad" });
  }
}

export async function assignConversation(conversation: Conversation, operator: Operator): Promise<void> {
  if (!(await attempt(() => api.put(`/conversations/${conversation.id}/assignment`, { operator_id: operator.id })))) return;
  showToast(t("conversation.assigned_toast", { visitor: visitorName(conversation), operator: operator.name }));
}

export async function returnToQueue(conversation: Conversation): Promise<void> {
  if (!(await attempt(() => api.delete(`/conversations/${conversation.id}/assignment`)))) return;
  showToast(t("conversation.queued_toast", { name: visitorName(conversation) }), {
    action: { label: t("app.undo"), keys: "z", run: () => void acceptConversation(conversation) },
  });
}

export async function closeConversation(conversation: Conversation): Promise<void> {
  if (!(await attempt(() => api.post(`/conversations/${conversation.id}/closure`)))) return;
  showToast(t("conversation.closed_toast", { name: visitorName(conversation) }), {
    action: { label: t("app.undo"), keys: "z", run: () => void reopenConversation(conversation.id) },
  });
}

export async function reopenConversation(id: Id): Promise<void> {
  await attempt(() => api.delete(`/conversations/${id}/closure`));
}
