/** The window: who answers, the place of the transcript, the composer. */
import { h, iconButton } from "../kit/dom.ts";
import type { Widget } from "../widget.ts";
import { type Composer, createComposer } from "./composer.ts";
import type { Transcript } from "./transcript.ts";

export interface View {
  node: HTMLElement;
  scroll: HTMLElement;
  composer: Composer;
  /** There from its first drawing on. */
  transcript?: Transcript;
  render(): void;
  toEnd(): void;
}

export function createView(widget: Widget): View {
  const { t, tag, isFull, memory } = widget;
  const { config, root } = tag;

  const face = h("div", { className: "face", ariaHidden: "true" });
  const name = h("h2");
  const about = h("p");
  const menu = iconButton(t("header.menu"), "M4 6h16M4 12h16M4 18h16", () =>
    import("../features/menu.ts").then(({ toggleMenu }) => toggleMenu(widget, menu)),
  );
  menu.ariaHasPopup = "menu";
  const scroll = h("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: t("thread.label") });
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
  root.append(node);
  composer.set(memory.get("draft") ?? "");

  function render(): void {
    const { state, isConnected } = widget;
    const newest = state.conversations[0];
    const operator = newest?.status === "closed" ? undefined : state.operators.find(({ id }) => id === newest?.assignee_id);
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
  }

  return {
    node,
    scroll,
    composer,
    render,
    toEnd() {
      scroll.scrollTop = scroll.scrollHeight;
    },
  };
}
