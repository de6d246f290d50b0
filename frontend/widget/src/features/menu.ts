/** What the visitor may do besides writing. */
import { h } from "../kit/dom.ts";
import type { Key } from "../kit/texts.ts";
import type { Widget } from "../widget.ts";
import { dress } from "./lazy_style.ts";
import { ring } from "./news.ts";
import { saveTranscript } from "./transcript.ts";

type Item = [key: Key, act: () => unknown];

function itemsOf(widget: Widget): Item[] {
  const { memory, state } = widget;
  const newest = state.conversations[0];
  const isMuted = memory.get("isMuted");
  const items: Item[] = [];
  if (newest?.status === "closed" && !widget.isNew) items.push(["menu.new", () => begin(widget)]);
  items.push([
    isMuted ? "menu.unmute" : "menu.mute",
    () => {
      memory.set({ isMuted: !isMuted });
      if (isMuted) ring();
    },
  ]);
  if ("Notification" in window && Notification.permission === "default")
    items.push(["menu.notify", () => Notification.requestPermission()]);
  if (newest) items.push(["menu.transcript", () => saveTranscript(widget, newest.id)]);
  if (newest && newest.status !== "closed")
    items.push(["menu.end", () => widget.command({ type: "end_conversation", conversation_id: newest.id })]);
  return items;
}

function begin(widget: Widget): void {
  widget.isNew = true;
  widget.render();
  widget.view?.composer.field.focus();
}

export function toggleMenu(widget: Widget, opener: HTMLButtonElement): void {
  const { t, tag, view } = widget;
  if (!view) return;
  const header = opener.parentElement as HTMLElement;
  const open = header.querySelector<HTMLElement>("[role=menu]");
  if (open) return open.dispatchEvent(new Event("leave")) as unknown as void;
  dress(widget);
  const alarm = h("div", { role: "menuitem", hidden: true, tabIndex: -1, className: "bad" });

  const leave = (): void => {
    menu.remove();
    opener.ariaExpanded = "false";
    tag.root.removeEventListener("pointerdown", outside);
    if (tag.root.activeElement === null || tag.root.activeElement === opener) opener.focus();
  };
  const outside = (event: Event): void => {
    if (!event.composedPath().some((node) => node === menu || node === opener)) leave();
  };
  const run = async (act: Item[1]): Promise<void> => {
    try {
      await act();
      leave();
    } catch {
      alarm.textContent = t("menu.failed");
      alarm.hidden = false;
    }
  };
  const buttons = itemsOf(widget).map(([key, act]) =>
    h("button", { type: "button", role: "menuitem", onclick: () => void run(act) }, t(key)),
  );
  const menu = h("div", { role: "menu", ariaLabel: t("header.menu"), className: "menu" }, ...buttons, alarm);
  menu.addEventListener("leave", leave);
  menu.onkeydown = (event) => {
    const at = buttons.indexOf(tag.root.activeElement as HTMLButtonElement);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      buttons.at(step % buttons.length)?.focus();
    }
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      leave();
      opener.focus();
    }
  };
  header.append(menu);
  opener.ariaExpanded = "true";
  tag.root.addEventListener("pointerdown", outside);
  buttons[0]?.focus();
}
