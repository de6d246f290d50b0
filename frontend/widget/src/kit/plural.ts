/** Texts that depend on a count. */
import { type Catalogue, fill, type Key } from "./texts.ts";

interface Speaker {
  language: string;
  texts: Catalogue;
}

export function plural({ language, texts }: Speaker, key: Key, count: number): string {
  const forms = texts[key];
  if (typeof forms !== "object") return forms ?? key;
  return fill(forms[new Intl.PluralRules(language).select(count)] ?? forms["other"] ?? key, { count });
}
