/** Where the visitor writes. */
import { MESSAGE_CHARS } from "../../../protocol/generated.ts";
import { h, iconButton } from "../kit/dom.ts";
import type { Widget } from "../widget.ts";

export interface Composer {
  node: HTMLFormElement;
  field: HTMLTextAreaElement;
  set(draft: string): void;
}

const COUNT_FROM = MESSAGE_CHARS - 200;

export function createComposer(widget: Widget): Composer {
  const { t, memory } = widget;
  const field = h("textarea", {
    rows: 1,
    dir: "auto",
    ariaLabel: t("composer.label"),
    placeholder: t("composer.placeholder"),
    enterKeyHint: matchMedia("(pointer:coarse)").matches ? "enter" : "send",
    onblur: () => widget.type(false),
  });
  const button = iconButton(t("composer.send"), "M12 19V5M5 12l7-7 7 7", submit);
  button.classList.add("send");
  const node = h("form", null, field, button);

  function fit(note = ""): void {
    const { length } = field.value;
    const left = length > COUNT_FROM ? MESSAGE_CHARS - [...field.value].length : 1;
    field.style.height = "auto";
    field.style.height = field.scrollHeight + "px";
    button.disabled = left < 0 || !field.value.trim();
    if (note || length > COUNT_FROM || node.lastChild !== button)
      void import("../features/count.ts").then(({ say }) => say(widget, note, left));
  }

  function draft(): void {
    memory.set({ draft: field.value });
    widget.type(!!field.value);
  }

  function submit(): void {
    const text = field.value.trim();
    if (button.disabled) return;
    const isTaken = widget.command({ type: "send_message", text, ...(widget.isNew && { conversation_id: null }) });
    if (isTaken) {
      widget.isNew = false;
      memory.set({ known: 1 });
      field.value = "";
      draft();
    }
    fit(isTaken ? "" : t("composer.full"));
    field.focus();
  }

  field.oninput = () => {
    fit();
    draft();
  };
  field.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || field.enterKeyHint === "enter") return;
    event.preventDefault();
    submit();
  };
  node.onsubmit = (event) => event.preventDefault();
  return {
    node,
    field,
    set(draft) {
      field.value = draft;
      fit();
    },
  };
}
