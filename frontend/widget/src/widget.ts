/** One chat of one tag: what it knows, its connection, its window. Lazy parts read and change it by this one object. */
import { CLOSE_RELOAD, type Id, PROTOCOL } from "../../protocol/generated.ts";
import type { Events, Listener } from "./events.ts";
import { type Memory, openMemory, randomId } from "./kit/memory.ts";
import { type Key, type Texts, type Translate, translator } from "./kit/texts.ts";
import { type Command, type Outbox, outbox } from "./outbox/outbox.ts";
import { EMPTY, reduce, type State, type VisitorServerFrame, withMessages } from "./state/reduce.ts";
import { countUnread, type Reads } from "./state/unread.ts";
import type { Tag } from "./tag.ts";
import { type Connection, connect } from "./transport/connection.ts";
import type { View } from "./window/view.ts";

export interface Widget {
  readonly tag: Tag;
  readonly launcher: HTMLButtonElement;
  readonly memory: Memory;
  readonly listeners: Map<keyof Events, Set<Listener>>;
  readonly connection: Connection;
  /** The chat is the page. */
  readonly isFull: boolean;
  /** Matches where the window fills the screen. */
  readonly narrow: MediaQueryList;
  readonly empty: State;
  /** Add looks to the chat. */
  dress(css: string): void;
  readonly withMessages: typeof withMessages;
  outbox: Outbox;
  state: State;
  language: string;
  t: Translate;
  greeting: string;
  view: View | undefined;
  isOpen: boolean;
  isConnected: boolean;
  /** The server refused this page for good: the text that says so. */
  trouble?: Key | undefined;
  /** The next message opens a new conversation. */
  isNew: boolean;
  /** The whole history is here. */
  isComplete: boolean;
  /** The site's signed word on who the visitor is, for the next `hello`. */
  identity: string | null;
  /** How far each conversation was read here, and how many messages wait to be read. */
  reads: Reads;
  unread: number;
  open(isQuiet?: boolean): Promise<void>;
  close(): void;
  send(text: string): boolean;
  command(frame: Command): boolean;
  draft(text: string): void;
  type(isTyping: boolean): void;
  read(): void;
  render(): void;
  /** The texts of the language, asked for until they are there. */
  speak(): Promise<void>;
  emit<K extends keyof Events>(name: K, data?: Events[K]): void;
}

/** Where the window fills the screen. */
const PHONE = "(max-width:480px),(max-height:480px)";
const TYPING_REPEAT_MS = 4_000;
const TEXTS_RETRY_MS = 2_000;

export function createWidget(tag: Tag): Widget {
  const { key, config, settings, root, url } = tag;
  const { language = config.language } = settings;
  const launcher = root.firstChild as HTMLButtonElement;
  const memory = openMemory(key);
  let receipts: Record<Id, string> = {};
  let texts: Promise<void> | undefined;
  let spoken: string | undefined;
  let typedAt = 0;

  const connection = connect({
    url,
    take,
    hello: () => ({
      type: "hello",
      protocol: PROTOCOL,
      site: key,
      token: memory.get().token ?? null,
      identity: widget.identity,
      position: widget.state.position,
      page: { url: location.href, title: document.title.slice(0, 300) },
      referrer: document.referrer,
      language: widget.language,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
    offset: () => widget.state.position?.offset ?? Infinity,
    changed(isConnected) {
      widget.isConnected = isConnected;
      receipts = {};
      if (isConnected) {
        widget.outbox.pump(true);
        widget.emit("connected");
      }
      render();
    },
    refused(code) {
      if (code === 4401) {
        if (!memory.get().token) widget.identity = null;
        memory.set({ token: null, visitor: null });
        widget.state = EMPTY;
      } else widget.trouble = code === CLOSE_RELOAD ? "note.reload" : "note.not_allowed";
      widget.emit("error", { code: String(code), message: "The server refused the connection." });
      render();
    },
  });

  function take(frame: VisitorServerFrame): void {
    const before = widget.state;
    const state = (widget.state = reduce(before, frame));
    if (frame.type === "ack" || frame.type === "refused") {
      widget.outbox.take(frame);
      if (frame.type === "refused") widget.emit("error", frame.error);
    } else if (frame.type === "welcome") {
      const visitor = frame.principal_id;
      if (frame.token) memory.set({ token: frame.token });
      // Somebody else is here now: the words of the one before are not theirs to send.
      if ((memory.get().visitor ?? visitor) !== visitor) memory.set({ outbox: [], draft: "" });
      memory.set({ visitor });
      if (frame.visitor_state) {
        widget.outbox.settle();
        widget.isComplete = !state.conversations[0] || (!state.conversations[1] && state.messages[0]?.seq === 1);
      }
      void import("./features/visit.ts").then(({ followVisit }) => followVisit(widget));
    } else if (frame.type === "typing") {
      void import("./features/news.ts").then(({ letLapse }) => letLapse(widget));
    } else if (frame.type === "event") {
      void import("./features/news.ts").then(({ tell }) => tell(widget, before, frame));
      if (before.position && !state.position) connection.restart();
    }
    if (state.conversations[0] && !memory.get().known) memory.set({ known: 1 });
    render();
  }

  function read(): void {
    const { view, reads, state } = widget;
    if (view && widget.isOpen && !document.hidden && document.hasFocus())
      for (const [id, seq] of Object.entries(view.inSight())) reads[id] = Math.max(seq, reads[id] ?? 0);
    // Say what this tab holds and what the visitor has seen.
    const held: Record<Id, number> = {};
    for (const row of state.messages) held[row.conversation_id] = row.seq;
    for (const conversation_id in held) {
      const delivered_seq = held[conversation_id] as number;
      const read_seq = reads[conversation_id] ?? 0;
      const now = delivered_seq + ":" + read_seq;
      if (receipts[conversation_id] !== now && connection.send({ type: "advance_receipt", conversation_id, delivered_seq, read_seq }))
        receipts[conversation_id] = now;
    }
    const unread = countUnread(state, reads);
    if (unread !== widget.unread) {
      widget.unread = unread;
      void import("./features/news.ts").then(({ showUnread }) => showUnread(widget));
    }
  }

  function render(): void {
    if (widget.isOpen) widget.view?.render();
    read();
  }

  function speak(): Promise<void> {
    if (spoken !== widget.language) {
      spoken = widget.language;
      texts = fetch(url(`w/${key}/texts/${spoken}`))
        .then((answer) => answer.json())
        .then((body: Texts) => {
          widget.greeting = body.greeting;
          widget.t = translator(widget.language, body.texts);
        })
        .catch(() => {
          spoken = undefined;
          return new Promise((resume) => setTimeout(resume, TEXTS_RETRY_MS)).then(speak);
        });
    }
    return texts as Promise<void>;
  }

  async function open(isQuiet?: boolean): Promise<void> {
    const wasOpen = widget.isOpen;
    widget.isOpen = true;
    dispatchEvent(new CustomEvent("klepet:open", { detail: key }));
    connection.start();
    const [{ createView }] = await Promise.all([import("./window/view.ts"), speak()]);
    if (!widget.isOpen) return;
    const view = (widget.view ??= createView(widget));
    view.node.hidden = false;
    nameLauncher();
    if (widget.isFull || widget.narrow.matches) void import("./features/phone.ts").then(({ fill }) => fill(widget));
    else memory.set({ isOpen: true });
    render();
    if (!isQuiet) view.composer.field.focus();
    if (!wasOpen) widget.emit("opened");
  }

  function close(): void {
    const { view } = widget;
    if (!widget.isOpen || widget.isFull) return;
    widget.isOpen = false;
    memory.set({ isOpen: false });
    const hadFocus = root.activeElement;
    if (view) view.node.hidden = true;
    if (hadFocus) launcher.focus();
    nameLauncher();
    widget.emit("closed");
  }

  function nameLauncher(): void {
    launcher.ariaExpanded = String(widget.isOpen);
    launcher.ariaLabel = widget.t(widget.isOpen ? "launcher.close" : "launcher.open");
  }

  const widget: Widget = {
    tag,
    launcher,
    memory,
    connection,
    listeners: new Map(),
    outbox: outbox({
      tab: memory.tab,
      read: () => memory.get().outbox ?? [],
      write: (entries) => memory.set({ outbox: entries }),
      send: connection.send,
      conversation: () => widget.state.conversations[0]?.id,
      changed: render,
    }),
    state: EMPTY,
    withMessages,
    language: config.languages.includes(language) ? language : config.language,
    t: (name) => name,
    greeting: "",
    view: undefined,
    isFull: settings.full != null,
    narrow: matchMedia(PHONE),
    empty: EMPTY,
    isOpen: false,
    isConnected: false,
    isNew: false,
    isComplete: false,
    identity: null,
    reads: {},
    unread: 0,
    open,
    close,
    read,
    render,
    speak,
    command: (frame) => widget.outbox.add(randomId(), frame),
    send(text) {
      const isTaken = widget.command({ type: "send_message", text, ...(widget.isNew && { conversation_id: null }) });
      if (isTaken) {
        memory.set({ known: 1 });
        widget.isNew = false;
      }
      return isTaken;
    },
    draft(text) {
      memory.set({ draft: text });
      widget.type(!!text);
    },
    type(is_typing) {
      const conversation_id = widget.state.conversations[0]?.id;
      if (!conversation_id || (is_typing ? Date.now() - typedAt < TYPING_REPEAT_MS : !typedAt)) return;
      typedAt = is_typing ? Date.now() : 0;
      connection.send({ type: "set_typing", conversation_id, is_typing });
    },
    dress(css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets.push(sheet);
    },
    emit(name, data) {
      for (const listener of widget.listeners.get(name) ?? []) listener(data as never);
    },
  };

  launcher.ariaHasPopup = "dialog";
  launcher.onpointerenter = null;
  launcher.onclick = () => void (widget.isOpen ? close() : open());
  addEventListener("focus", read);
  addEventListener("klepet:open", (event) => {
    if ((event as CustomEvent).detail !== key) close();
  });
  const { known, outbox: kept, isOpen } = memory.get();
  if (known || kept?.[0]) connection.start();
  if (widget.isFull) void import("./features/full.ts").then(({ dressPage }) => dressPage(widget));
  if (settings.open != null || (isOpen && !widget.narrow.matches)) void open(true);
  return widget;
}
