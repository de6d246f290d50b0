/** The window: who answers, the transcript, the composer. It shows what it is told and reports what the visitor does. */
import { h, iconButton } from "../kit/dom.ts";
import { threadOf } from "../state/thread.ts";
import type { Widget } from "../widget.ts";
import { type Composer, createComposer } from "./composer.ts";
import { style } from "./style.ts";
import { createThread, type Thread } from "./thread.ts";

export interface View {
  node: HTMLElement;
  scroll: HTMLElement;
  thread: Thread;
  composer: Composer;
  render(): void;
  toEnd(): void;
}

const NEAR_PX = 48;
const EARLY_PX = 200;
const dressed = new WeakSet<Widget>();

export function createView(widget: Widget): View {
  const { t, tag, isFull, memory } = widget;
  const { config, root } = tag;
  let wasAtEnd = true;
  let wasConnected = false;
  let shownFirst: string | undefined;
  let shownLast: string | undefined;

  if (!dressed.has(widget)) widget.dress(style(widget));
  dressed.add(widget);
  const face = h("div", { className: "face", ariaHidden: "true" });
  const name = h("h2");
  const about = h("p");
  const menu = iconButton(t("header.menu"), "M4 6h16M4 12h16M4 18h16", () =>
    import("../features/menu.ts").then(({ toggleMenu }) => toggleMenu(widget, menu)),
  );
  menu.ariaHasPopup = "menu";
  const thread = createThread(widget);
  const scroll = h("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: t("thread.label") }, thread.node);
  const composer = createComposer(widget);
  const node = h(
    "section",
    { className: "window", role: "dialog", ariaLabel: t("window.label", { name: config.name }) },
    h("header", null, face, h("div", null, name, about), menu, isFull ? "" : iconButton(t("header.close"), "M6 9l6 6 6-6", widget.close)),
    scroll,
    composer.node,
  );
  node.dir = getComputedStyle(document.documentElement).direction;
  node.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === "Escape") widget.close();
  };
  scroll.onscroll = () => {
    wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
    widget.read();
    look();
  };
  root.append(node);
  composer.set(memory.get("draft") ?? "");

  /** Away from the newest message there is a way back to it; near the first one the ones before it come. */
  function look(): void {
    if (!wasAtEnd || (scroll.scrollTop < EARLY_PX && widget.isConnected && !widget.isComplete))
      void import("../features/scrolling.ts").then(({ scrolled }) => scrolled(widget));
  }

  const toEnd = (): void => {
    scroll.scrollTop = scroll.scrollHeight;
  };

  function render(): void {
    const { state, isConnected } = widget;
    const newest = state.conversations[0];
    const isClosed = newest?.status === "closed";
    const operator = isClosed ? undefined : state.operators.find(({ id }) => id === newest?.assignee_id);
    const lines = threadOf(state, widget.outbox.entries());
    if (widget.isComplete && widget.greeting)
      lines.unshift({ key: "greeting", text: widget.greeting, at: 0, isFirst: true, isLast: true });
    const first = lines[0]?.key;
    const last = lines.at(-1);
    const isOlder = first !== shownFirst && !wasAtEnd;
    if (last?.key !== shownLast && last?.author?.kind === "visitor") wasAtEnd = true;
    shownFirst = first;
    shownLast = last?.key;
    // What stood there before, and what is loaded from before, is no news to a screen reader.
    thread.node.ariaLive = wasConnected && !isOlder ? "polite" : "off";
    wasConnected = isConnected;
    const fromEnd = scroll.scrollHeight - scroll.scrollTop;
    thread.show(lines);

    const title = (name.textContent = operator?.name ?? config.name);
    const photo = operator?.photo_url;
    face.textContent = photo ? "" : ([...title][0] as string);
    face.style.backgroundImage = photo ? `url("${tag.url(photo)}")` : "";
    const line = !isConnected
      ? "connecting"
      : state.typing
        ? "typing"
        : operator
          ? operator.is_bot
            ? "bot"
            : "person"
          : state.isAccepting
            ? "accepting"
            : "away";
    about.textContent = t(`header.${line}`);
    if (isClosed || !state.isAccepting || state.typing || memory.isBlocked || widget.trouble || scroll.children[1])
      // What a lost server could not give comes with the next drawing.
      import("../features/notes.ts").then(({ showNotes }) => showNotes(widget), () => 0);
    if (wasAtEnd) toEnd();
    else if (isOlder) scroll.scrollTop = scroll.scrollHeight - fromEnd;
    look();
  }

  return { node, scroll, thread, composer, render, toEnd };
}
