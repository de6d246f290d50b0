/** One chat of one tag: what it knows, its connection, its window. Lazy parts read and change it by this one object. */
import { CLOSE_RELOAD, CLOSE_SIGN_IN, PROTOCOL } from "../../protocol/generated.ts";
import type { Events } from "./events.ts";
import { type Memory, openMemory, randomId } from "./kit/memory.ts";
import { type Catalogue, fill, type Key, type Texts, type Translate } from "./kit/texts.ts";
import { type Command, type Outbox, outbox } from "./outbox/outbox.ts";
import { EMPTY, reduce, type State, type VisitorServerFrame } from "./state/reduce.ts";
import type { Reads } from "./state/unread.ts";
import type { Tag } from "./tag.ts";
import { type Connection, connect } from "./transport/connection.ts";
import { style } from "./window/style.ts";
import { createView, type View } from "./window/view.ts";

export interface Widget {
  readonly tag: Tag;
  readonly launcher: HTMLButtonElement;
  readonly memory: Memory;
  readonly connection: Connection;
  readonly outbox: Outbox;
  /** The chat is the page. */
  readonly isFull: boolean;
  /** Matches where the window fills the screen. */
  readonly narrow: MediaQueryList;
  state: State;
  /** What the server knows the visitor by, in this tab. Another tab may hold another by now. */
  token: string | undefined;
  language: string;
  texts: Catalogue;
  greeting: string;
  view: View | undefined;
  isOpen: boolean;
  isConnected: boolean;
  /** The server refused this page for good: the text that says so. */
  trouble?: Key;
  /** The next message opens a new conversation. */
  isNew: boolean;
  /** The whole history is here. */
  isComplete: boolean;
  /** The site's signed word on who the visitor is, for the next `hello`. */
  identity: string | null;
  /** How far each conversation was read here, and how many messages wait to be read. */
  reads: Reads;
  unread: number;
  t: Translate;
  open(isQuiet?: boolean): Promise<void>;
  close(): void;
  command(frame: Command): boolean;
  /** Say that the visitor types, or stopped. From the first greeting on, as `read`. */
  type(isTyping: boolean): void;
  /** Note what the visitor sees, and say how far that is. */
  read(): void;
  render(): void;
  /** The texts of the language, asked for until they are there. */
  speak(): Promise<void>;
  /** Add looks to the chat. */
  dress(css: string): void;
  /** Tell whoever listens; nobody does before `api.ts` is there. */
  emit<K extends keyof Events>(name: K, data?: Events[K]): void;
}

/** Where the window fills the screen. */
const PHONE = "(max-width:480px),(max-height:480px)";
const TEXTS_RETRY_MS = 2_000;

/** On: `true`, or an attribute that is there; as the loader reads it. */
const isOn = (setting: unknown): boolean => setting === "" || !!setting;

export function createWidget(tag: Tag): Widget {
  const { key, config, settings, root, url } = tag;
  const { language = config.language } = settings;
  const launcher = root.firstChild as HTMLButtonElement;
  const memory = openMemory(key);
  let texts: Promise<void>;
  let spoken = "";

  const connection = connect({
    url,
    take,
    hello() {
      const token = memory.get("token");
      // Who signed in or out meanwhile, here or in another tab, is told all of it anew.
      if (widget.token !== token) widget.state = token ? { ...widget.state, position: null } : EMPTY;
      widget.token = token;
      return {
        type: "hello",
        protocol: PROTOCOL,
        site: key,
        token: widget.token ?? null,
        identity: widget.identity,
        position: widget.state.position,
        page: { url: location.href, title: document.title.slice(0, 300) },
        referrer: document.referrer,
        language: widget.language,
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      };
    },
    offset: () => widget.state.position?.offset ?? Infinity,
    changed(isConnected) {
      widget.isConnected = isConnected;
      if (isConnected) widget.outbox.pump(true);
      widget.render();
    },
    refused(code) {
      if (code === CLOSE_SIGN_IN) {
        if (!widget.token) widget.identity = null;
        // Another tab may have a better one by now.
        if (memory.get("token") === widget.token) memory.set({ token: undefined, visitor: undefined });
        widget.token = undefined;
        widget.state = EMPTY;
      } else widget.trouble = code === CLOSE_RELOAD ? "note.reload" : "note.not_allowed";
      widget.emit("error", { code: String(code), message: "The server refused the connection." });
      widget.render();
    },
  });

  function take(frame: VisitorServerFrame): void {
    const before = widget.state;
    // Another tab signed in or out, or came first, while the greeting was on its way: greet with what holds now.
    if (frame.type === "welcome" && memory.get("token") !== widget.token) return connection.restart();
    const state = (widget.state = reduce(before, frame));
    if (frame.type === "ack" || frame.type === "refused") widget.outbox.take(frame);
    if (frame.type === "welcome") {
      const visitor = frame.principal_id;
      // Somebody else is here now: the words of the one before are not theirs to send.
      if ((memory.get("visitor") ?? visitor) !== visitor) {
        for (const entry of memory.entries()) memory.drop(entry);
        memory.set({ draft: undefined });
      }
      memory.set({ visitor });
      if (frame.token) memory.set({ token: (widget.token = frame.token) });
      if (frame.visitor_state) {
        widget.outbox.settle();
        widget.isComplete = !state.conversations[0] || (!state.conversations[1] && state.messages[0]?.seq === 1);
      }
    }
    if (before.position && !state.position) connection.restart();
    if (state.conversations[0] && !memory.get("known")) memory.set({ known: 1 });
    void import("./features/visit.ts").then(({ follow }) => follow(widget, before, frame));
    widget.render();
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
    outbox: outbox({
      memory,
      send: connection.send,
      home(opened) {
        const { conversations } = widget.state;
        return opened && !conversations.some(({ id }) => id === opened) ? opened : (conversations[0]?.id ?? null);
      },
      changed: () => widget.render(),
    }),
    state: EMPTY,
    token: undefined,
    language: config.languages.includes(language) ? language : config.language,
    texts: {},
    greeting: "",
    view: undefined,
    isFull: isOn(settings.full),
    narrow: matchMedia(isOn(settings.full) ? "all" : PHONE),
    isOpen: false,
    isConnected: false,
    isNew: false,
    isComplete: false,
    identity: null,
    reads: {},
    unread: 0,
    t: (name, values = {}) => fill(String(widget.texts[name] ?? name), values),
    async open(isQuiet) {
      const wasOpen = widget.isOpen;
      widget.isOpen = true;
      dispatchEvent(new CustomEvent("klepet:open", { detail: key }));
      connection.start();
      if (!widget.narrow.matches) memory.set({ isOpen: true });
      widget.render(); // the transcript comes together with the texts
      await widget.speak();
      if (!widget.isOpen) return;
      const view = (widget.view ??= createView(widget));
      view.node.hidden = false;
      nameLauncher();
      if (widget.narrow.matches) void import("./features/phone.ts").then(({ fill }) => fill(widget));
      widget.render();
      if (!isQuiet) view.composer.field.focus();
      if (!wasOpen) widget.emit("opened");
    },
    close() {
      const { view } = widget;
      if (!widget.isOpen || widget.isFull) return;
      widget.isOpen = false;
      memory.set({ isOpen: false });
      const hadFocus = root.activeElement;
      if (view) view.node.hidden = true;
      if (hadFocus) launcher.focus();
      nameLauncher();
      widget.emit("closed");
    },
    command: (frame) => widget.outbox.add(randomId(), frame),
    type() {},
    read() {},
    render() {
      if (widget.isOpen) {
        widget.view?.render();
        // What a lost server could not give comes with the next drawing.
        import("./window/transcript.ts").then(({ showTranscript }) => showTranscript(widget), () => 0);
      }
      widget.read();
    },
    speak() {
      if (spoken !== widget.language) {
        spoken = widget.language;
        texts = fetch(url(`w/${key}/texts/${spoken}`))
          .then((answer) => answer.json())
          .then((body: Texts) => {
            widget.greeting = body.greeting;
            widget.texts = body.texts;
          })
          .catch(async () => {
            spoken = "";
            await new Promise((resume) => setTimeout(resume, TEXTS_RETRY_MS));
            return widget.speak();
          });
      }
      return texts;
    },
    dress(css) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets.push(sheet);
    },
    emit() {},
  };

  widget.dress(style(widget));
  launcher.ariaHasPopup = "dialog";
  launcher.onclick = () => void (widget.isOpen ? widget.close() : widget.open());
  addEventListener("klepet:open", (event) => {
    if ((event as CustomEvent).detail !== key) widget.close();
  });
  if (memory.get("known") || memory.entries()[0]) connection.start();
  if (widget.isFull) void import("./features/full.ts").then(({ dressPage }) => dressPage(widget));
  if (isOn(settings.open) || (memory.get("isOpen") && !widget.narrow.matches)) void widget.open(true);
  return widget;
}
