/** Erasures as REST answers them. Pure. */
import type { ErasureState, ErasureSubject, Id, Instant } from "../../../../../protocol/generated.ts";

export interface Erasure {
  id: Id;
  subject_id: Id;
  subject_kind: ErasureSubject;
  by_operator_id: Id;
  state: ErasureState;
  started_at: Instant;
  finished_at: Instant | null;
}

/** Whether something is under way that will change by itself. */
export function isUnderWay(erasures: readonly Pick<Erasure, "state">[]): boolean {
  return erasures.some((erasure) => erasure.state === "running");
}
