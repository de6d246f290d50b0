/** The list of contacts: found by words, page by page, and followed while it is open. */
import type { Contact, Id, ServerFrame } from "../../../../protocol/generated.ts";
import { api, type Page } from "../../api.ts";
import { Paged } from "../../paged.svelte.ts";
import { replaced, without } from "../../pages.ts";
import { onFrame } from "../../state/live.svelte.ts";

const PAUSE_MS = 200;
const RENEW_MS = 500;

let query = $state("");
/** The words that the rows shown were found by. */
let asked = $state("");
let searchTimer: ReturnType<typeof setTimeout> | undefined;
let renewTimer: ReturnType<typeof setTimeout> | undefined;

const list = new Paged<Contact>(async (cursor, signal) => {
  const wanted = query.trim();
  const page = await api.get<Page<Contact>>("/contacts", { q: wanted, cursor, limit: 100 }, signal);
  asked = wanted;
  return page;
});

export const contacts = {
  list,
  get query() {
    return query;
  },
  set query(text: string) {
    const isSame = text.trim() === query.trim();
    query = text;
    if (isSame) return;
    clearTimeout(searchTimer);
    searchTimer = setTimeout(() => void list.restart(), PAUSE_MS);
  },
  get asked() {
    return asked;
  },
};

/** A row that changed here: the stream brings it too, but the eye should not wait for it. */
export function takeContact(contact: Contact): void {
  list.rows = replaced(list.rows, contact);
}

export function dropContact(id: Id): void {
  list.rows = without(list.rows, id);
}

function followed(frame: ServerFrame): void {
  if (frame.type === "welcome") return renewSoon();
  if (frame.type !== "event") return;
  for (const contact of frame.contacts ?? []) takeContact(contact);
  if (frame.event.type === "contact.erased") dropContact(frame.event.contact_id);
  else if (frame.event.type === "contact.created" || frame.event.type === "contact.identified") renewSoon();
}

function renewSoon(): void {
  clearTimeout(renewTimer);
  renewTimer = setTimeout(() => void list.renew(), RENEW_MS);
}

/** Follow the stream as long as the list is shown; answers how to stop. */
export function openContacts(): () => void {
  void (list.isLoaded ? list.renew() : list.restart());
  const stop = onFrame(followed);
  return () => {
    stop();
    clearTimeout(searchTimer);
    clearTimeout(renewTimer);
  };
}
