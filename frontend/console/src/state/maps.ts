/** Maps and sets that are never changed in place: each change gives a new one, or the same when nothing changed. */
import type { Id } from "../../../protocol/generated.ts";

export function byId(one: { id: Id }, other: { id: Id }): number {
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0;
}

export function mapOf<T extends { id: Id }>(rows: readonly T[]): Map<Id, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

export function upserted<T extends { id: Id }>(map: ReadonlyMap<Id, T>, rows: readonly T[] | undefined): ReadonlyMap<Id, T> {
  if (!rows?.length) return map;
  const next = new Map(map);
  for (const row of rows) next.set(row.id, row);
  return next;
}

export function toggled(set: ReadonlySet<Id>, id: Id, isIn: boolean): ReadonlySet<Id> {
  if (set.has(id) === isIn) return set;
  const next = new Set(set);
  if (isIn) next.add(id);
  else next.delete(id);
  return next;
}
