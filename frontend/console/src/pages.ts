/** Joining the pages of a list that is asked for newest first. Pure. */
import type { Id } from "../../protocol/generated.ts";

export interface Row {
  id: Id;
}

/** An older page behind what is held; what came twice stays once. */
export function appended<T extends Row>(rows: readonly T[], page: readonly T[]): readonly T[] {
  const known = new Set(rows.map((row) => row.id));
  return [...rows, ...page.filter((row) => !known.has(row.id))];
}

/**
 * The newest page over what is held: its rows are newer, and what it passes over is gone. Rows behind its last one stay; when that
 * one is not held, something may be missing in between, and `null` says to begin anew with the page alone.
 */
export function renewed<T extends Row>(rows: readonly T[], page: readonly T[]): readonly T[] | null {
  const at = rows.findIndex((row) => row.id === page.at(-1)?.id);
  if (at < 0) return null;
  return appended(page, rows.slice(at + 1));
}

/** A row of the stream: in the place of its older self, or nowhere. */
export function replaced<T extends Row>(rows: readonly T[], row: T): readonly T[] {
  const at = rows.findIndex((held) => held.id === row.id);
  return at < 0 ? rows : rows.with(at, row);
}

export function without<T extends Row>(rows: readonly T[], id: Id): readonly T[] {
  return rows.some((row) => row.id === id) ? rows.filter((row) => row.id !== id) : rows;
}
