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
  isBlocked: boolean;
  /** A tab keeps its name through navigation, so that what it had under way goes on at once. */
  tab: string;
  get(): Kept;
  set(change: Kept): void;
  clear(): void;
}

export const parseKept = (text: string | null): Kept => JSON.parse(text || "{}") as Kept;

/** Random text, 128 bits as digits; works on plain http, where `crypto.randomUUID` is missing. */
export const randomId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("");

export function openMemory(key: string): Memory {
  const name = "klepet:" + key;
  let here = "";
  const store = (text: string): void => {
    here = text;
    try {
      localStorage[name] = text;
    } catch {
      memory.isBlocked = true;
    }
  };
  const memory: Memory = {
    isBlocked: false,
    tab: randomId(),
    get() {
      try {
        if (!memory.isBlocked) return parseKept(localStorage[name] as string);
      } catch {
        memory.isBlocked = true;
      }
      return parseKept(here);
    },
    set: (change) => store(JSON.stringify({ ...memory.get(), ...change })),
    clear: () => store("{}"),
  };
  try {
    memory.tab = sessionStorage[name] ??= memory.tab;
  } catch {
    // Then it is another tab after each navigation.
  }
  memory.set({});
  return memory;
}
