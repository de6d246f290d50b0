/** What the tag's visits say of an installation, in a sentence. */
import { t } from "../../../i18n.svelte.ts";
import { timeShort } from "../../../time-texts.svelte.ts";
import type { Verdict } from "./verdict.ts";

export function sentenceForVerdict(verdict: Verdict): string {
  if (verdict.kind === "silent") return t("install.silent");
  return t(`install.verdict_${verdict.kind}`, { origin: verdict.check.origin, time: timeShort(verdict.check.last_at) });
}
