/** Sending changes of a site. Settings go as a whole, so each change starts from what is known last. */
import type { Id, Site, SiteSettings } from "../../../../../protocol/generated.ts";
import { api } from "../../../api.ts";
import { dispatch, live } from "../../../state/live.svelte.ts";

export interface SiteChange {
  name?: string;
  settings?: Partial<SiteSettings>;
}

/** Change a site, and show it changed everywhere at once. */
export async function saveSite(id: Id, change: SiteChange): Promise<Site> {
  const held = live.state.sites.get(id) ?? (await api.get<Site>(`/sites/${id}`));
  const settings = change.settings && { ...held.settings, ...change.settings };
  const site = await api.patch<Site>(`/sites/${id}`, { ...(change.name !== undefined && { name: change.name }), ...(settings && { settings }) });
  dispatch({ type: "rows_loaded", sites: [site] });
  return site;
}
