/** The inbox's lists as they are now, and which of them is shown. */
import type { Conversation, ConversationView, Id } from "../../../../protocol/generated.ts";
import { live } from "../../state/live.svelte.ts";
import { closed } from "./closed.svelte.ts";
import { listsOf } from "./lists.ts";

let view = $state<ConversationView>("mine");
let siteId = $state<Id | null>(null);
let hasChosen = false;

const conversations = $derived(live.state.conversations);
const me = $derived(live.state.me);
const open = $derived(listsOf(conversations.values(), me, siteId));
const needed = $derived(
  [...conversations.values()].filter((row) => row.assignee_id === null || (row.assignee_id === me && row.unread_count > 0)).length,
);

export const lists = {
  get view() {
    return view;
  },
  get siteId() {
    return siteId;
  },
  get open() {
    return open;
  },
  /** The rows of the list that is shown. */
  get rows(): readonly Conversation[] {
    return view === "closed" ? closed.rows : open[view];
  },
};

/** What waits for me: everything queued, and what is unread in mine. */
export const needs = {
  get count() {
    return needed;
  },
};

export function showView(next: ConversationView): void {
  hasChosen = true;
  view = next;
  if (next === "closed") closed.open(siteId);
}

export function showSite(id: Id | null): void {
  siteId = id;
  if (view === "closed") closed.open(siteId);
}

/** Before anybody chose a list: the first that has something in it. */
export function chooseFirstView(): void {
  if (hasChosen || live.state.snapshots === 0) return;
  hasChosen = true;
  view = open.queued.length > 0 ? "queued" : open.mine.length > 0 ? "mine" : "all";
}
