/** Texts of the catalogue, with values and plurals put in. */
import type en from "../../../../klepet/texts/en/widget.json";

export type Key = keyof typeof en;
export type Values = Record<string, string | number | null>;
/** Every text of the widget by its key; a plural has one text for each category of its language. */
export type Catalogue = Record<string, string | Record<string, string>>;
export type Translate = (key: Key, values?: Values) => string;

/** The answer to `GET /w/{key}/texts/{lang}`. */
export interface Texts {
  greeting: string;
  texts: Catalogue;
}

export function translator(language: string, catalogue: Catalogue): Translate {
  return (key, values = {}) => {
    const entry = catalogue[key] ?? key;
    const text =
      typeof entry === "string"
        ? entry
        : (entry[new Intl.PluralRules(language).select(Number(values["count"]))] ?? entry["other"] ?? key);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
  };
}
