/** Asks after the end how it was: one to five, and a word if the visitor likes. */
import { COMMENT_CHARS, type VisitorConversation } from "../../../protocol/generated.ts";
import { h } from "../kit/dom.ts";
import type { Key } from "../kit/texts.ts";
import type { Widget } from "../widget.ts";
import { dress } from "./lazy_style.ts";

const SCORES = [1, 2, 3, 4, 5];

/** Beside `notes` stands the question, the thanks, or nothing. */
export function showRating(widget: Widget, notes: HTMLElement, conversation: VisitorConversation): void {
  const { t, view } = widget;
  const parent = notes.parentElement;
  const old = parent?.querySelector<HTMLElement>(".rating");
  const state = `${conversation.id}:${conversation.rating ?? ""}`;
  if (!view || !parent || old?.dataset["of"] === state) return;
  dress(widget);
  const isAsked = old?.dataset["of"]?.startsWith(conversation.id);
  old?.remove();
  // Who rated before this window was opened is not thanked again.
  if (conversation.rating && !isAsked) return;
  const node = conversation.rating
    ? h("div", { className: "rating", role: "status" }, t("rating.thanks"))
    : question(widget, conversation.id);
  node.dataset["of"] = state;
  notes.after(node);
  parent.scrollTop = parent.scrollHeight;
}

function question(widget: Widget, conversation_id: string): HTMLElement {
  const { t } = widget;
  let score = 0;
  const word = h("output");
  const comment = h("textarea", {
    rows: 2,
    maxLength: COMMENT_CHARS,
    hidden: true,
    placeholder: t("rating.comment"),
    ariaLabel: t("rating.comment"),
  });
  const send = h("button", { type: "button", hidden: true }, t("rating.send"));
  const choice = (value: number): HTMLElement =>
    h(
      "label",
      null,
      h("input", {
        type: "radio",
        name: "score",
        ariaLabel: `${value}, ${t(`rating.${value}` as Key)}`,
        onchange() {
          score = value;
          word.textContent = t(`rating.${value}` as Key);
          comment.hidden = send.hidden = false;
          node.scrollIntoView({ block: "end" });
        },
      }),
      String(value),
    );
  send.onclick = () => {
    send.disabled = true;
    widget.command({ type: "rate_conversation", conversation_id, score, comment: comment.value.trim() });
  };
  const node = h("div", { className: "rating" }, h("fieldset", null, h("legend", null, t("rating.title")), ...SCORES.map(choice)), word, comment, send);
  return node;
}
