/** What the tag's visits say of an installation. Pure. */
import type { Instant } from "../../../../../protocol/generated.ts";

export interface Check {
  /** Empty for our own chat page. */
  origin: string;
  page: string;
  first_at: Instant;
  last_at: Instant;
  count: number;
  refused_reason: string | null;
}

export type Verdict = { kind: "silent" } | { kind: "works" | "refused"; check: Check };

/** The newest visit that was let in decides; with none, the newest that was refused. Our own chat page is no installation. */
export function verdictOf(checks: readonly Check[]): Verdict {
  const asked = checks.filter((check) => check.origin !== "").sort((one, other) => Date.parse(other.last_at) - Date.parse(one.last_at));
  const works = asked.find((check) => check.refused_reason === null);
  if (works) return { kind: "works", check: works };
  return asked[0] ? { kind: "refused", check: asked[0] } : { kind: "silent" };
}

/** The origins that were refused and are not on the list, the newest first. */
export function refusedOrigins(checks: readonly Check[], allowed: readonly string[]): string[] {
  const refused = checks.filter((check) => check.refused_reason !== null && check.origin !== "" && check.origin !== "null");
  return [...new Set(refused.map((check) => check.origin))].filter((origin) => !allowed.includes(origin));
}

/** A page's address without its origin, which stands beside it. */
export function pathOf(check: Check): string {
  return check.page.startsWith(check.origin) ? check.page.slice(check.origin.length) || "/" : check.page;
}
