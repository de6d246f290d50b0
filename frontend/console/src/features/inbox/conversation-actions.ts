/** What an operator does with a conversation. Each says what happened, and closing can be undone. */
import type { Conversation, Id, Operator } from "../../../../protocol/generated.ts";
import { showToast } from "../../../../ui/toasts.svelte.ts";
import { api, ApiError } from "../../api.ts";
import { t } from "../../i18n.svelte.ts";
import { nameOf } from "../../people.ts";
import { sentenceFor } from "../../problems.ts";
import { live } from "../../state/live.svelte.ts";

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

/** Take a conversation from the queue or from whoever the screen shows. Who was faster keeps it, and is said by name. */
export async function acceptConversation(conversation: Conversation): Promise<void> {
  const { id, assignee_id: held_by } = conversation;
  try {
    await api.put(`/conversations/${id}/assignment`, { operator_id: live.state.me, held_by });
  } catch (error) {
    // To an operator who may not take from others, the refusal says that; what it means is the same.
    const isRefused = error instanceof ApiError && [403, 409].includes(error.status);
    const holder = isRefused ? await holderOf(id) : undefined;
    showToast(holder ? t("conversation.taken", { name: holder.name }) : sentenceFor(error), { kind: "bad" });
  }
}

/** Who holds a conversation on the server: the stream may not have told it yet. */
async function holderOf(id: Id): Promise<Operator | undefined> {
  try {
    const { conversation } = await api.get<{ conversation: Conversation }>(`/conversations/${id}`);
    return conversation.assignee_id === live.state.me ? undefined : live.state.operators.get(conversation.assignee_id ?? "");
  } catch {
    return undefined;
  }
}

export async function assignConversation(conversation: Conversation, operator: Operator): Promise<void> {
  if (!(await attempt(() => api.put(`/conversations/${conversation.id}/assignment`, { operator_id: operator.id })))) return;
  showToast(t("conversation.assigned_toast", { visitor: visitorName(conversation), operator: operator.name }));
}

export async function returnToQueue(conversation: Conversation): Promise<void> {
  if (!(await attempt(() => api.delete(`/conversations/${conversation.id}/assignment`)))) return;
  showToast(t("conversation.queued_toast", { name: visitorName(conversation) }), {
    action: { label: t("app.undo"), keys: "z", run: () => void acceptConversation({ ...conversation, assignee_id: null }) },
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
