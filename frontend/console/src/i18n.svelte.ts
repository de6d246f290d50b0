/** The language of the page. `t()` is reactive: what it returned changes when the language does. */
import type consoleTexts from "../../../klepet/texts/en/console.json";
import type contactsTexts from "../../../klepet/texts/en/contacts.json";
import type settingsTexts from "../../../klepet/texts/en/settings.json";
import { fillText, formatNumber, negotiateLanguage, type Catalogue, type Values } from "./texts.ts";

export type TextKey = keyof typeof consoleTexts | keyof typeof contactsTexts | keyof typeof settingsTexts;
export type TextArea = "console" | "contacts" | "settings";

export const LANGUAGES = ["en", "pl", "ru", "sl"] as const;
const RTL = new Set(["ar", "fa", "he", "ur"]);
const REMEMBERED = "klepet.console.language";

const files = import.meta.glob<{ default: Catalogue }>("../../../klepet/texts/*/{console,contacts,settings}.json");

let language = $state<string>("en");
let catalogue = $state.raw<Catalogue>({});
const areas = new Set<TextArea>(["console"]);

async function load(wanted: string): Promise<Catalogue> {
  const parts = await Promise.all([...areas].map((area) => files[`../../../klepet/texts/${wanted}/${area}.json`]?.()));
  return Object.assign({}, ...parts.map((part) => part?.default ?? {})) as Catalogue;
}

/** Switch to a language, after its texts are there. Unknown ones give the nearest of ours. */
export async function setLanguage(wanted: string): Promise<void> {
  const chosen = negotiateLanguage([wanted], LANGUAGES);
  catalogue = await load(chosen);
  language = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = RTL.has(chosen) ? "rtl" : "ltr";
  try {
    localStorage.setItem(REMEMBERED, chosen);
  } catch {
    // Blocked storage: the browser's own language is used next time.
  }
}

/** Before anybody is signed in: the language used here last, else what the browser asks for. */
export function startLanguage(): Promise<void> {
  let remembered: string | null = null;
  try {
    remembered = localStorage.getItem(REMEMBERED);
  } catch {
    // As above.
  }
  return setLanguage(remembered ?? negotiateLanguage(navigator.languages, LANGUAGES));
}

/** Add the texts of a part of the console that is loaded later. */
export async function loadTexts(area: TextArea): Promise<void> {
  if (areas.has(area)) return;
  areas.add(area);
  catalogue = await load(language);
}

export function currentLanguage(): string {
  return language;
}

/** The language with the region that the browser knows, for dates and clocks: British English has another clock than American. */
export function dateLanguage(): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}

/** The text of a key in the page's language. */
export function t(key: TextKey, values?: Values): string {
  return fillText(catalogue, language, key, values);
}

/** Whether there is a text for a key made from data (an error code, an event type). */
export function hasText(key: string): key is TextKey {
  return key in catalogue;
}

export function number(value: number): string {
  return formatNumber(language, value);
}

/** A language's own name in the page's language: "Polish", "польский". */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Our languages, each by its own name, for choosing one: whoever looks for theirs may not read the page's. */
export function ownLanguageNames(): { value: string; label: string; lang: string }[] {
  return LANGUAGES.map((tag) => {
    const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
    return { value: tag, lang: tag, label: name.charAt(0).toLocaleUpperCase(tag) + name.slice(1) };
  });
}
