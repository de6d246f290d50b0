/** The window: who answers, the transcript, the composer. It shows what it is told and reports what the visitor does. */
import { h, iconButton } from "../kit/dom.ts";
import type { Key } from "../kit/texts.ts";
import { threadOf } from "../state/thread.ts";
import type { Widget } from "../widget.ts";
import { type Composer, createComposer } from "./composer.ts";
import { style } from "./style.ts";
import { createThread } from "./thread.ts";

export interface View {
  node: HTMLElement;
  scroll: HTMLElement;
  composer: Composer;
  h: typeof h;
  iconButton: typeof iconButton;
  render(): void;
  toEnd(): void;
  /** What stands in sight, as the last place of each conversation. */
  inSight(): Record<string, number>;
}

const NEAR_PX = 48;
const EARLY_PX = 200;
const dressed = new WeakSet<ShadowRoot>();

export function createView(widget: Widget): View {
  const { t, tag, isFull, memory } = widget;
  const { config, root } = tag;
  let wasAtEnd = true;
  let wasConnected = false;
  let shownFirst: string | undefined;
  let faceOf: string | undefined;
  let shownLast: string | undefined;

  if (!dressed.has(root)) widget.dress(style(widget));
  dressed.add(root);
  const face = h("div", { className: "face", "aria-hidden": "true" });
  const name = h("h2");
  const about = h("p");
  const menu = iconButton(t("header.menu"), "M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0m7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0m7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0", () =>
    import("../features/menu.ts").then(({ toggleMenu }) => toggleMenu(widget, menu)),
  );
  menu.ariaHasPopup = "menu";
  const thread = createThread(widget);
  const scroll = h("div", { className: "scroll", tabIndex: 0, role: "group", "aria-label": t("thread.label") }, thread.node);
  const composer = createComposer(widget);
  const node = h(
    "section",
    { className: isFull ? "window full" : "window", role: "dialog", "aria-label": t("window.label", { name: config.name }) },
    h("header", null, face, h("div", null, name, about), menu, !isFull && iconButton(t("header.close"), "M6 9l6 6 6-6", widget.close)),
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
    if (!wasAtEnd) void import("../features/newest.ts").then(({ offerNewest }) => offerNewest(widget));
    if (scroll.scrollTop < EARLY_PX && !widget.isComplete)
      void import("../features/history.ts").then(({ loadOlder }) => loadOlder(widget));
  };
  root.append(node);
  composer.set(memory.get().draft ?? "");

  function toEnd(): void {
    scroll.scrollTop = scroll.scrollHeight;
  }

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
    const line: Key = !isConnected
      ? "header.connecting"
      : state.typing
        ? "header.typing"
        : operator
          ? `header.${operator.is_bot ? "bot" : "person"}`
          : `header.${state.isAccepting ? "accepting" : "away"}`;
    about.textContent = t(line);
    const photo = operator?.photo_url;
    const of = photo ?? title;
    if (of !== faceOf) {
      faceOf = of;
      face.replaceChildren(photo ? h("img", { className: "face", alt: "", src: tag.url(photo) }) : ([...title][0] as string));
    }
    if (isClosed || !state.isAccepting || state.typing || memory.isBlocked || widget.trouble || scroll.children[1])
      void import("../features/notes.ts").then(({ showNotes }) => showNotes(widget));
    if (wasAtEnd) toEnd();
    else if (isOlder) scroll.scrollTop = scroll.scrollHeight - fromEnd;
  }

  return {
    node,
    scroll,
    composer,
    h,
    iconButton,
    render,
    toEnd,
    inSight: () => thread.placesAbove(scroll.getBoundingClientRect().bottom + 8),
  };
}
