/** Going from the open conversation to the one beside it, or to whoever waits next. */
import { go } from "../../router.svelte.ts";
import { live } from "../../state/live.svelte.ts";
import { current } from "./current.svelte.ts";
import { lists } from "./lists.svelte.ts";
import { compareNeed, nextWaiting } from "./lists.ts";

export function openNeighbour(step: 1 | -1): void {
  const rows = lists.rows;
  const at = rows.findIndex((row) => row.id === current.id);
  const next = rows[at < 0 ? 0 : at + step];
  if (next) go(`/inbox/${next.id}`);
}

/** Queued ones and my own, the longest waiting first; whoever is answered by a colleague is left to them. */
export function openNextWaiting(): void {
  const { conversations, me } = live.state;
  const rows = [...conversations.values()].filter((row) => row.assignee_id === null || row.assignee_id === me).sort(compareNeed);
  const next = nextWaiting(rows, current.id ?? undefined);
  if (next) go(`/inbox/${next.id}`);
}
