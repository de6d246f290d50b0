/** What just happened, told to the page and, when the visitor is elsewhere, by a sound and a notification. */
import type { Delivery, Message } from "../../../protocol/generated.ts";
import { plural } from "../kit/plural.ts";
import type { State } from "../state/reduce.ts";
import type { Widget } from "../widget.ts";

const TYPING_LAPSES_MS = 8_000;
const OTHER_TABS_MS = 400;
const BADGE =
  ".badge{position:absolute;top:-4px;inset-inline-end:-4px;min-width:22px;padding:0 6px;border-radius:11px;background:#c5221f;color:#fff;font:600 12px/22px system-ui;font-variant-numeric:tabular-nums;text-align:center}.badge[hidden]{display:none}";
let audio: AudioContext | undefined;

export function tell(widget: Widget, before: State, { event, messages, offset }: Delivery): void {
  if (before.position && offset <= before.position.offset) return;
  for (const row of messages ?? []) {
    const isKnown = before.messages.some((other) => other.seq === row.seq && other.conversation_id === row.conversation_id);
    if (row.kind !== "text" || isKnown) continue;
    const { conversation_id, text, at, author } = row;
    widget.emit("message", { author: author.kind, text, at, conversation_id });
    if (author.kind !== "visitor" && !(widget.isOpen && !document.hidden && document.hasFocus())) announce(widget, row);
  }
  if (event.type === "conversation.created") widget.emit("conversation_started", { conversation_id: event.conversation_id });
  if (event.type === "conversation.closed") widget.emit("conversation_ended", { conversation_id: event.conversation_id });
  if (event.type === "conversation.rated")
    widget.emit("rated", { conversation_id: event.conversation_id, score: event.score });
}

/** Typing lapses by itself: the word that it ended may be lost. */
export function letLapse(widget: Widget): void {
  const { typing } = widget.state;
  setTimeout(() => {
    if (!typing || widget.state.typing !== typing) return;
    widget.state = { ...widget.state, typing: null };
    widget.render();
  }, TYPING_LAPSES_MS);
}

/** The badge on the launcher, the number in the page's title, and the count told to the page. */
export function showUnread(widget: Widget): void {
  const { launcher, unread } = widget;
  let badge = launcher.querySelector("span");
  if (!badge) {
    widget.dress(BADGE);
    badge = launcher.appendChild(document.createElement("span"));
    badge.className = "badge";
    badge.ariaHidden = "true";
  }
  badge.textContent = unread > 99 ? "99+" : String(unread);
  badge.hidden = !unread;
  document.title = (unread ? `(${unread}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  if (!widget.isOpen)
    void widget.speak().then(() => {
      launcher.ariaLabel = unread ? plural(widget, "launcher.unread", unread) : widget.t("launcher.open");
    });
  widget.emit("unread", unread);
}

/** One tab speaks: the one used last, or after a moment any other. */
function announce(widget: Widget, row: Message): void {
  const { memory } = widget;
  const id = row.conversation_id + row.seq;
  const speak = (): void => {
    if (memory.get("rang") === id) return;
    memory.set({ rang: id });
    if (!memory.get("isMuted")) ring();
    notify(widget, row);
  };
  if (memory.get("tab") === memory.tab) speak();
  else setTimeout(speak, OTHER_TABS_MS + Math.random() * OTHER_TABS_MS);
}

/** Two soft notes, made here: no file is fetched. */
export function ring(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    const now = audio.currentTime;
    for (const [delay, pitch] of [
      [0, 660],
      [0.12, 880],
    ] as const) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, now + delay);
      volume.gain.linearRampToValueAtTime(0.12, now + delay + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, now + delay + 0.4);
      tone.connect(volume).connect(audio.destination);
      tone.start(now + delay);
      tone.stop(now + delay + 0.45);
    }
  } catch {
    // A browser without sound still shows the badge.
  }
}

function notify(widget: Widget, row: Message): void {
  if (!("Notification" in window) || Notification.permission !== "granted" || !document.hidden) return;
  const author = widget.state.operators.find(({ id }) => id === row.author.id);
  try {
    const notification = new Notification(author?.name ?? widget.tag.config.name, { body: row.text.slice(0, 200), tag: "klepet" });
    notification.onclick = () => {
      window.focus();
      void widget.open();
      notification.close();
    };
  } catch {
    // Phones allow notifications to service workers only.
  }
}
