/** The JavaScript API of the klepet chat: brings the tag and sends it commands, with types. */

/** Plain values by name: at most 50, names of at most 64 characters, texts of at most 500. */
export type Attributes = Record<string, string | number | boolean | null>;

/** What the page claims of its visitor, unsigned. */
export interface Details {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Attributes;
}

export interface OrderItem {
  sku: string;
  name: string;
  quantity: number;
  /** A decimal as text, such as "9.95". */
  price: string;
}

export interface Order {
  /** The shop's own id; the same id twice is one order. */
  id: string;
  /** The total as a decimal in text, such as "19.90": money is never a float. */
  value: string;
  /** The ISO 4217 code, such as "EUR". */
  currency: string;
  items?: OrderItem[];
}

export interface Message {
  author: "visitor" | "operator" | "bot";
  text: string;
  /** ISO 8601, UTC. */
  at: string;
  conversation_id: string;
}

/** What `on` listens to, with what the listener is told. */
export interface Events {
  /** The chat is loaded; a listener that comes later is called at once. */
  ready: undefined;
  opened: undefined;
  closed: undefined;
  /** A message was stored, the visitor's own included. */
  message: Message;
  /** How many messages wait to be read; a new listener is told at once. */
  unread: number;
  conversation_started: { conversation_id: string };
  conversation_ended: { conversation_id: string };
  rated: { conversation_id: string; score: number };
  /** The server accepted a signed identity. */
  identified: { user_id: string };
  error: { code: string; message: string };
}

export type Listener<Name extends keyof Events> = (data: Events[Name]) => void;

/** Every command with its arguments. */
export interface Commands {
  open: [];
  close: [];
  toggle: [];
  show: [];
  hide: [];
  prefill: [text: string];
  identify: [who: string | Details];
  reset: [];
  set: [attributes: Attributes];
  event: [name: string, data?: Attributes];
  order: [order: Order];
  language: [code: string];
  destroy: [];
}

/** Settings of `window.klepetSettings`, and of the tag's `data-…` attributes. */
export interface Settings {
  language?: string;
  position?: "right" | "left";
  hidden?: boolean;
  open?: boolean;
}

export interface Options extends Settings {
  /** Where your klepet answers, such as "https://chat.example.com". */
  server: string;
  /** The site's public key. */
  site: string;
}

export interface Klepet {
  /** Send a command; before the chat is loaded it waits. */
  call<Name extends keyof Commands>(command: Name, ...values: Commands[Name]): void;
  /** Listen; the answer is the way to stop. */
  on<Name extends keyof Events>(event: Name, listener: Listener<Name>): () => void;
}

type Queue = ((...call: unknown[]) => void) & { q?: ArrayLike<unknown>[] };

function queue(): Queue {
  const page = window as unknown as { klepet?: Queue };
  const klepet: Queue = (page.klepet ??= (...call) => {
    (klepet.q ??= []).push(call);
  });
  return klepet;
}

/** Bring the tag of a site onto the page, once, and speak to its chat. */
export function load({ server, site, language, position, hidden, open }: Options): Klepet {
  const klepet = queue();
  const known = [...document.querySelectorAll<HTMLElement>("script[data-site]")].some(({ dataset }) => dataset["site"] === site);
  if (!known) {
    const tag = document.createElement("script");
    tag.async = true;
    tag.dataset["site"] = site;
    if (language) tag.dataset["language"] = language;
    if (position) tag.dataset["position"] = position;
    if (hidden) tag.dataset["hidden"] = "";
    if (open) tag.dataset["open"] = "";
    tag.src = new URL("w.js", server.endsWith("/") ? server : server + "/").href;
    document.head.append(tag);
  }
  const call = (...values: unknown[]): void => klepet(`site:${site}`, ...values);
  return {
    call,
    on(event, listener) {
      call("on", event, listener);
      return () => call("off", event, listener);
    },
  };
}
