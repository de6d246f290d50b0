/** Webhooks and their deliveries as REST answers them, and what the pages make of them. Pure. */
import type { DeliveryFailure, DeliveryState, Id, Instant } from "../../../../../protocol/generated.ts";

export interface Webhook {
  id: Id;
  url: string;
  events: string[];
  is_enabled: boolean;
  created_at: Instant;
  old_secret_until: Instant | null;
}

export interface Delivery {
  id: Id;
  event_type: string;
  state: DeliveryState;
  attempts: number;
  status_code: number | null;
  failure: DeliveryFailure | null;
  error: string | null;
  created_at: Instant;
  next_attempt_at: Instant | null;
  payload: unknown;
}

export interface EventType {
  type: string;
  description: string;
}

const SOON_MS = 1_500;
const LATER_MS = 5_000;

/** Events by what they happen to, in the order of the catalogue: `message.sent` is of `message`. */
export function grouped(events: readonly EventType[]): { name: string; events: EventType[] }[] {
  const groups = new Map<string, EventType[]>();
  for (const event of events) {
    const name = event.type.split(".", 1)[0] ?? "";
    groups.set(name, [...(groups.get(name) ?? []), event]);
  }
  return [...groups].map(([name, found]) => ({ name, events: found }));
}

/** The part of an address that tells webhooks apart: without the scheme, and without a query, which may hold a secret. */
export function shortUrl(url: string): string {
  return url
    .replace(/^https?:\/\//i, "")
    .replace(/\?.*$/, "?…")
    .replace(/\/$/, "");
}

/** After how long to look at the log again: soon while something is on its way. */
export function lookAgainAfter(deliveries: readonly Delivery[], now: number): number {
  const isComing = deliveries.some(
    (delivery) =>
      delivery.state === "waiting" ||
      (delivery.state === "failed" && delivery.next_attempt_at !== null && Date.parse(delivery.next_attempt_at) - now < LATER_MS),
  );
  return isComing ? SOON_MS : LATER_MS;
}

/** Whether sending it again makes sense: it has not arrived, and nothing is under way this moment. */
export function canResend(delivery: Delivery, isEnabled: boolean): boolean {
  return isEnabled && (delivery.state === "failed" || delivery.state === "parked");
}
