/** What REST answers for the parts of a contact's card. */
import type { Browser, Id, Instant } from "../../../../protocol/generated.ts";

export interface ContactVisitor {
  id: Id;
  site_id: Id;
  browser: Browser | null;
  language: string | null;
  time_zone: string | null;
  visit_count: number;
  first_seen_at: Instant;
  last_seen_at: Instant;
}

export interface ContactVisit {
  id: Id;
  visitor_id: Id;
  site_id: Id;
  started_at: Instant;
  last_seen_at: Instant;
  referrer: string | null;
  landing_page: string | null;
  page_count: number;
}
