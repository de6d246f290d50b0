/** Sending changes of a site. Settings go as a whole, so each change waits for the one before and starts from its answer. */
import type { Id, Site, SiteSettings } from "../../../../../protocol/generated.ts";
import { api } from "../../../api.ts";
import { dispatch, live } from "../../../state/live.svelte.ts";

export interface SiteChange {
  name?: string;
  settings?: Partial<SiteSettings>;
}

const last = new Map<Id, Promise<unknown>>();

/** Change a site, and show it changed everywhere at once. */
export async function saveSite(id: Id, change: SiteChange): Promise<Site> {
  const saved = Promise.resolve(last.get(id)).catch(() => undefined).then(() => save(id, change));
  last.set(id, saved);
  try {
    return await saved;
  } finally {
    if (last.get(id) === saved) last.delete(id);
  }
}

async function save(id: Id, change: SiteChange): Promise<Site> {
  const held = live.state.sites.get(id) ?? (await api.get<Site>(`/sites/${id}`));
  const settings = change.settings && { ...held.settings, ...change.settings };
  const site = await api.patch<Site>(`/sites/${id}`, { ...(change.name !== undefined && { name: change.name }), ...(settings && { settings }) });
  dispatch({ type: "rows_loaded", sites: [site] });
  return site;
}
