/** Closed conversations: asked for page by page, newest first; the stream brings what is closed or reopened meanwhile. */
import type { Contact, Conversation, Id, ServerFrame } from "../../../../protocol/generated.ts";
import { api, type Page } from "../../api.ts";
import { onFrame } from "../../state/live.svelte.ts";

type ClosedPage = Page<Conversation> & { contacts: Contact[] };

let rows = $state.raw<readonly Conversation[]>([]);
let contacts = $state.raw<ReadonlyMap<Id, Contact>>(new Map());
let cursor: string | null = null;
let isLoading = $state(false);
let error = $state.raw<unknown>(null);
let isComplete = $state(false);
let isOpen = false;
let site: Id | null = null;
let generation = 0;

async function load(): Promise<void> {
  if (isLoading || isComplete) return;
  const mine = generation;
  isLoading = true;
  error = null;
  try {
    const page = await api.get<ClosedPage>("/conversations", { view: "closed", site_id: site, cursor });
    if (mine !== generation) return;
    const known = new Set(rows.map((row) => row.id));
    rows = [...rows, ...page.items.filter((row) => !known.has(row.id))];
    contacts = new Map([...contacts, ...page.contacts.map((contact) => [contact.id, contact] as const)]);
    cursor = page.next_cursor;
    isComplete = cursor === null;
  } catch (caught) {
    if (mine === generation) error = caught;
  } finally {
    if (mine === generation) isLoading = false;
  }
}

function followed(frame: ServerFrame): void {
  if (!isOpen || frame.type !== "event") return;
  if (frame.contacts?.length) contacts = new Map([...contacts, ...frame.contacts.map((contact) => [contact.id, contact] as const)]);
  const touched = frame.conversations ?? [];
  const gone = new Set([...(frame.removed ?? []), ...touched.map((row) => row.id)]);
  if (gone.size === 0) return;
  const shown = touched.filter((row) => row.status === "closed" && (site === null || row.site_id === site));
  const byTime = (one: Conversation, other: Conversation): number => ((one.closed_at ?? "") > (other.closed_at ?? "") ? -1 : 1);
  rows = [...shown, ...rows.filter((row) => !gone.has(row.id))].sort(byTime);
}

onFrame(followed);

export const closed = {
  get rows() {
    return rows;
  },
  get contacts() {
    return contacts;
  },
  get isLoading() {
    return isLoading;
  },
  get error() {
    return error;
  },
  get isComplete() {
    return isComplete;
  },
  /** Show the list from its beginning. */
  open(siteId: Id | null): void {
    generation += 1;
    isOpen = true;
    site = siteId;
    rows = [];
    cursor = null;
    isComplete = false;
    isLoading = false;
    void load();
  },
  more(): void {
    if (isOpen) void load();
  },
};
