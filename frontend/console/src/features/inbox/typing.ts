/** Telling the visitor that an answer is being written: repeated while it goes on, taken back when it stops. */
import type { Id } from "../../../../protocol/generated.ts";
import { signal } from "../../state/live.svelte.ts";

const REPEAT_MS = 4000;
const STOPS_MS = 6000;

let typingIn: Id | null = null;
let saidAt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export function iAmTyping(id: Id): void {
  if (typingIn !== null && typingIn !== id) iStoppedTyping();
  clearTimeout(timer);
  timer = setTimeout(iStoppedTyping, STOPS_MS);
  const now = Date.now();
  if (typingIn === id && now - saidAt < REPEAT_MS) return;
  typingIn = id;
  saidAt = now;
  signal({ type: "set_typing", conversation_id: id, is_typing: true });
}

export function iStoppedTyping(): void {
  clearTimeout(timer);
  if (typingIn !== null) signal({ type: "set_typing", conversation_id: typingIn, is_typing: false });
  typingIn = null;
}
