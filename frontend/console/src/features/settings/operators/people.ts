/** The order in which the team is listed, and what is said of each. Pure. */
import type { Instant, Operator } from "../../../../../protocol/generated.ts";
import { byId } from "../../../state/maps.ts";

/** Whoever may sign in first, each group in the order of joining. */
export function inOrder(operators: readonly Operator[]): Operator[] {
  return [...operators].sort((one, other) => Number(one.is_disabled) - Number(other.is_disabled) || byId(one, other));
}

export type Whereabouts = "disabled" | "accepting" | "away" | "connected" | "seen" | "never" | "unknown";

/** Where an operator is. `lastSeenAt` is undefined while it was not asked yet, and null for somebody who never signed in. */
export function whereabouts(operator: Operator, isOnline: boolean, lastSeenAt: Instant | null | undefined): Whereabouts {
  if (operator.is_disabled) return "disabled";
  if (isOnline) return operator.availability === "offline" ? "connected" : operator.availability;
  return lastSeenAt === undefined ? "unknown" : lastSeenAt === null ? "never" : "seen";
}
