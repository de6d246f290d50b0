/** What is wrong with an address, in words. */
import { t } from "../../../i18n.svelte.ts";
import type { OriginFault } from "./origins.ts";

export function sentenceForOrigin({ fault, suggestion }: { fault: OriginFault; suggestion?: string }): string {
  if (fault === "path" && suggestion) return t("origins.fault_path_meant", { origin: suggestion });
  return t(`origins.fault_${fault}`);
}
