/** What outlives the page, in the site's own storage under one key, shared by all tabs. Storage that is blocked is no error. */
import type { Entry } from "../outbox/outbox.ts";

export interface Kept {
  token?: string | null;
  /** Whose token it is. */
  visitor?: string | null;
  /** Something was written or found here: the loader brings the chat in idle time. */
  known?: 1;
  draft?: string;
  outbox?: Entry[];
  isOpen?: boolean;
  isMuted?: boolean;
  /** The tab that the visitor used last, and the newest message that rang: one tab makes the sound. */
  tab?: string;
  rang?: string;
}

export interface Memory {
  /** Nothing survives this page. */
  readonly isBlocked: boolean;
  readonly tab: string;
  get(): Kept;
  set(change: Partial<Kept>): void;
  clear(): void;
  /** What a text that was kept says; for those who watch the storage. */
  parse(text: string | null): Kept;
}

const parse = (text: string | null): Kept => JSON.parse(text || "{}") as Kept;

/** Random text of 20 characters; works on plain http, where `crypto.randomUUID` is missing. */
export const randomId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** A tab keeps its name through navigation, so that what it had under way goes on at once. */
function tabName(name: string): string {
  try {
    return (sessionStorage[name] ??= randomId()) as string;
  } catch {
    return randomId();
  }
}

export function openMemory(key: string): Memory {
  const name = "klepet:" + key;
  let here = "";
  let isBlocked = false;
  const store = (text: string): void => {
    here = text;
    try {
      localStorage.setItem(name, text);
    } catch {
      isBlocked = true;
    }
  };
  const get = (): Kept => {
    try {
      if (!isBlocked) return parse(localStorage.getItem(name));
    } catch {
      isBlocked = true;
    }
    return parse(here);
  };
  const set = (change: Partial<Kept>): void => store(JSON.stringify({ ...get(), ...change }));
  const tab = tabName(name);
  set({});
  return {
    get isBlocked() {
      return isBlocked;
    },
    tab,
    get,
    set,
    clear: () => store("{}"),
    parse,
  };
}
