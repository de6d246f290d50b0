/**
 * What outlives the page, in the site's own storage, shared by all tabs. Storage that is blocked is no error.
 * Each field, and each entry of the outbox, has a key of its own. Tabs are processes that learn late of each other's writes: what
 * a tab writes back together with its own word may wipe another's.
 */
import type { Entry } from "../outbox/outbox.ts";

export interface Kept {
  token?: string | undefined;
  /** Whose token it is. */
  visitor?: string | undefined;
  /** Something was written or found here: the loader brings the chat in idle time. */
  known?: 1;
  draft?: string | undefined;
  isOpen?: boolean;
  isMuted?: boolean;
  /** The tab that the visitor used last, and the newest message that rang: one tab makes the sound. */
  tab?: string;
  rang?: string;
  [entry: `outbox:${string}`]: Entry | undefined;
}

export interface Memory {
  /** Something does not survive this page. */
  isBlocked: boolean;
  /** A tab keeps its name through navigation, so that what it had under way goes on at once. */
  tab: string;
  get<K extends keyof Kept>(field: K): Kept[K] | undefined;
  /** What is set to undefined is forgotten. */
  set(change: Kept): void;
  /** The outbox of all tabs, oldest first. */
  entries(): Entry[];
  keep(entry: Entry): void;
  drop(entry: Entry): void;
  clear(): void;
}

/** Random text, 128 bits as digits; works on plain http, where `crypto.randomUUID` is missing. */
export const randomId = (): string => crypto.getRandomValues(new Uint32Array(4)).join("");

export function openMemory(key: string): Memory {
  const prefix = `klepet:${key}:`;
  /** What the storage did not take. */
  let here: Record<string, string | undefined> = {};

  /** Do it where storage may be blocked. */
  function attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch {
      memory.isBlocked = true;
      return undefined;
    }
  }
  const namesOf = (start: string): string[] =>
    [...new Set([...Object.keys(here), ...(attempt(() => Object.keys(localStorage)) ?? [])])].filter((name) => name.startsWith(start));
  const read = <T>(name: string): T | undefined =>
    attempt(() => JSON.parse(here[name] ?? localStorage[name] ?? "null") as T | null) ?? undefined;

  const memory: Memory = {
    isBlocked: false,
    tab: randomId(),
    get: (field) => read(prefix + field),
    set(change) {
      for (const [field, value] of Object.entries(change)) {
        const name = prefix + field;
        const text = JSON.stringify(value) as string | undefined;
        here[name] = text;
        attempt(() => {
          if (text) localStorage[name] = text;
          else delete localStorage[name];
          delete here[name];
        });
      }
    },
    entries: () =>
      namesOf(prefix + "outbox:")
        .flatMap((name) => read<Entry>(name) ?? [])
        .sort((one, other) => one.at - other.at),
    keep: (entry) => memory.set({ [`outbox:${entry.client_id}`]: entry }),
    drop: ({ client_id }) => memory.set({ [`outbox:${client_id}`]: undefined }),
    clear() {
      for (const name of namesOf(prefix)) attempt(() => delete localStorage[name]);
      here = {};
    },
  };
  try {
    memory.tab = sessionStorage[prefix] ??= memory.tab;
  } catch {
    // Then it is another tab after each navigation.
  }
  // Whether storage takes what is written is known before there is a word to keep.
  memory.set({ tab: memory.get("tab") ?? memory.tab });
  return memory;
}
