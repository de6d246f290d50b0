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

export const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
