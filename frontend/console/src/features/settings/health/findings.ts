/** Findings of the server's health as REST answers them. Pure. */
import type { IconName } from "../../../../../ui/icons.ts";
import type { Instant } from "../../../../../protocol/generated.ts";

export type FindingState = "good" | "note" | "warn" | "bad";

export interface Finding {
  check: string;
  state: FindingState;
  code: string;
  title: string;
  text: string;
}

export interface HealthReport {
  checked_at: Instant;
  items: Finding[];
}

export const ICONS: Readonly<Record<FindingState, IconName>> = {
  good: "circle-check",
  note: "info",
  warn: "triangle-alert",
  bad: "circle-alert",
};

const ORDER: readonly FindingState[] = ["bad", "warn", "note", "good"];

/** What needs somebody first, then what is worth knowing, then what is well; within each as the server has it. */
export function byNeed(findings: readonly Finding[]): Finding[] {
  return ORDER.flatMap((state) => findings.filter((finding) => finding.state === state));
}

/** How many of them need somebody, and how badly the worst does. */
export function need(findings: readonly Finding[]): { count: number; state: "good" | "warn" | "bad" } {
  for (const state of ["bad", "warn"] as const) {
    const count = findings.filter((finding) => finding.state === state).length;
    if (count > 0) return { count, state };
  }
  return { count: 0, state: "good" };
}
