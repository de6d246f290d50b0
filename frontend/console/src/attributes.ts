/** Attributes that sites set for their customers, as people read them. */
import { t } from "./i18n.svelte.ts";

/** Names of attributes are often words joined by underscores: a line may end after one. */
export function attributeName(key: string): string {
  return key.replaceAll("_", "_\u200b");
}

export function attributeText(value: string | number | boolean | null): string {
  if (typeof value === "boolean") return t(value ? "details.yes" : "details.no");
  return String(value ?? "");
}
