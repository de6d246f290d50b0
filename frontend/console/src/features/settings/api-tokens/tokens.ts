/** API tokens as REST answers them, and when they end. Pure. */
import type { Id, Instant, Role } from "../../../../../protocol/generated.ts";

export interface ApiToken {
  id: Id;
  name: string;
  role: Role;
  operator_id: Id;
  created_at: Instant;
  last_used_at: Instant | null;
  expires_at: Instant | null;
}

export const LIFETIMES = ["30", "90", "365", "never"] as const;
export type Lifetime = (typeof LIFETIMES)[number];

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** When a token made now ends. */
export function endOf(lifetime: Lifetime, now: number): Instant | null {
  return lifetime === "never" ? null : new Date(now + Number(lifetime) * DAY_MS).toISOString();
}

export type Ending = "never" | "later" | "soon" | "expired";

/** How near a token's end is: what ends soon should be replaced before programs stop working. */
export function endingOf(token: Pick<ApiToken, "expires_at">, now: number): Ending {
  if (token.expires_at === null) return "never";
  const left = Date.parse(token.expires_at) - now;
  return left <= 0 ? "expired" : left < SOON_MS ? "soon" : "later";
}
