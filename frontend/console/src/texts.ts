/** Choosing and filling texts of a catalogue: `{name}` is replaced by its value, plurals are chosen by `count`. Pure. */

export type Plural = { [form in Intl.LDMLPluralRule]?: string };
export type Catalogue = Record<string, string | Plural>;
export type Values = Record<string, string | number>;

const numbers = new Map<string, Intl.NumberFormat>();
const plurals = new Map<string, Intl.PluralRules>();

/** A number as people of this language write it. */
export function formatNumber(language: string, value: number): string {
  let format = numbers.get(language);
  if (!format) numbers.set(language, (format = new Intl.NumberFormat(language)));
  return format.format(value);
}

function choose(entry: string | Plural, language: string, values: Values): string {
  if (typeof entry === "string") return entry;
  let rules = plurals.get(language);
  if (!rules) plurals.set(language, (rules = new Intl.PluralRules(language)));
  return entry[rules.select(Number(values["count"] ?? 0))] ?? entry.other ?? "";
}

/** The text of `key`, or the key itself where the catalogue has none: visible, and never a crash. */
export function fillText(catalogue: Catalogue, language: string, key: string, values: Values = {}): string {
  const entry = catalogue[key];
  if (entry === undefined) return key;
  return choose(entry, language, values).replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? formatNumber(language, value) : value;
  });
}

/** The best of our languages for what somebody prefers, in order of preference. */
export function negotiateLanguage(wanted: readonly string[], ours: readonly string[]): string {
  for (const tag of wanted) {
    const found = ours.find((language) => language === tag.toLowerCase().split("-")[0]);
    if (found) return found;
  }
  return ours[0] ?? "en";
}
