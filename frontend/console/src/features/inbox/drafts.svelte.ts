/** What was written and not yet sent, by conversation; kept in this browser. Old ones make room. */
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../../../../protocol/generated.ts";

export interface Draft {
  text: string;
  kind: "text" | "note";
}

const MOST = 200;
const EMPTY_DRAFT: Draft = { text: "", kind: "text" };

const drafts = new SvelteMap<Id, Draft>();
let prefix = "";

/** Drafts belong to the operator who wrote them, also where several share a computer. */
export function startDrafts(operatorId: Id): void {
  prefix = `klepet.console.draft.${operatorId}.`;
  drafts.clear();
  for (const [id, draft] of stored()) drafts.set(id, draft);
}

function stored(): [Id, Draft][] {
  const found: [Id, Draft][] = [];
  try {
    for (const name of Object.keys(localStorage).filter((candidate) => candidate.startsWith(prefix))) {
      const draft = JSON.parse(localStorage.getItem(name) ?? "null") as Draft | null;
      if (draft?.text) found.push([name.slice(prefix.length), draft]);
      else localStorage.removeItem(name);
    }
    for (const [id] of found.splice(MOST)) localStorage.removeItem(prefix + id);
  } catch {
    // Blocked or foreign storage: begin without drafts.
  }
  return found;
}

export function draftOf(id: Id): Draft {
  return drafts.get(id) ?? EMPTY_DRAFT;
}

export function keepDraft(id: Id, draft: Draft): void {
  if (draft.text || draft.kind === "note") drafts.set(id, draft);
  else drafts.delete(id);
  try {
    if (draft.text) localStorage.setItem(prefix + id, JSON.stringify(draft));
    else localStorage.removeItem(prefix + id);
  } catch {
    // Full or blocked storage: the draft lasts as long as the page.
  }
}
