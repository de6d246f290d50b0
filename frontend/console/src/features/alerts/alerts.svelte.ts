/** Calls for the operator: somebody new in the queue, or a new message in a conversation of theirs. */
import type { ServerFrame } from "../../../../protocol/generated.ts";
import { showToast } from "../../../../ui/toasts.svelte.ts";
import { t } from "../../i18n.svelte.ts";
import { nameOf } from "../../people.ts";
import { go, router } from "../../router.svelte.ts";
import type { State } from "../../state/reduce.ts";
import { newClientId } from "../../state/ids.ts";
import { live, onFrame, usableStorage } from "../../state/live.svelte.ts";
import { savePreferences, session } from "../../state/session.svelte.ts";
import { openChannel } from "../../state/tabs.ts";
import { callOf, type Call } from "./calls.ts";
import { playSound } from "./sound.ts";
import { Turns } from "./turns.ts";

let permission = $state<NotificationPermission>(typeof Notification === "undefined" ? "denied" : Notification.permission);
const FLASH_MS = 1500;
let flashTimer: ReturnType<typeof setInterval> | undefined;
/** The title of the page itself, kept while the call stands in its place. */
let ownTitle = "";

export const alerts = {
  get isSoundOn() {
    return session.preferences.is_sound_on ?? true;
  },
  get isTitleOn() {
    return session.preferences.is_title_on ?? true;
  },
  get areNotificationsOn() {
    return permission === "granted" && (session.preferences.are_notifications_on ?? true);
  },
  get permission() {
    return permission;
  },
};

function save(change: Parameters<typeof savePreferences>[0]): void {
  savePreferences(change).catch(() => showToast(t("alerts.not_saved"), { kind: "bad" }));
}

export function switchSound(isOn: boolean): void {
  save({ is_sound_on: isOn });
  if (isOn) playSound("message");
}

export function switchTitle(isOn: boolean): void {
  save({ is_title_on: isOn });
}

/** Browsers ask the person only after a click, so this is where we ask. */
export async function switchNotifications(isOn: boolean): Promise<void> {
  if (isOn && permission === "default") permission = await Notification.requestPermission();
  if (isOn && permission !== "granted") showToast(t("alerts.blocked"), { kind: "bad" });
  else save({ are_notifications_on: isOn });
}

/** Alternate the tab's title between the call and the page's own name until somebody looks. */
function flashTitle(text: string): void {
  stopFlash();
  let isOn = false;
  const flip = (): void => {
    // Whatever is not our text was set by the page meanwhile, and is what comes back.
    if (document.title !== text) ownTitle = document.title;
    isOn = !isOn;
    document.title = isOn ? text : ownTitle;
  };
  flip();
  flashTimer = setInterval(flip, FLASH_MS);
}

function stopFlash(): void {
  if (flashTimer === undefined) return;
  clearInterval(flashTimer);
  flashTimer = undefined;
  document.title = ownTitle;
}

function isLookingAt(id: string): boolean {
  return document.visibilityState === "visible" && document.hasFocus() && router.path === `/inbox/${id}`;
}

function notify(title: string, body: string, id: string): void {
  try {
    const notice = new Notification(title, { body, tag: id, silent: true });
    notice.onclick = () => {
      window.focus();
      go(`/inbox/${id}`);
      notice.close();
    };
  } catch {
    // Some browsers offer notifications only to service workers; sound and title remain.
  }
}

function called(turns: Turns, frame: ServerFrame, before: State): void {
  const call = callOf(frame, before, live.state);
  if (!call) return;
  // Somebody who is away is not called for what others will take.
  if (call.kind === "queued" && session.me?.operator.availability !== "accepting") return;
  turns.take(`${call.row.id} ${call.message.seq}`, () => ring(call));
}

function ring(call: Call): void {
  if (isLookingAt(call.row.id)) return;
  const name = nameOf(live.state.contacts.get(call.row.contact_id), call.row.contact_id);
  const title = call.kind === "queued" ? t("alerts.new_conversation", { name }) : name;
  if (alerts.isSoundOn) playSound(call.kind);
  const isAway = document.visibilityState !== "visible" || !document.hasFocus();
  if (isAway && alerts.areNotificationsOn) notify(title, call.message.text, call.row.id);
  if (isAway && alerts.isTitleOn) flashTitle(call.kind === "queued" ? title : `${t("alerts.new_message")}: ${name}`);
}

/** Begin to listen; answers how to stop. */
export function startAlerts(): () => void {
  const turns = new Turns({
    tab: newClientId(),
    storage: usableStorage(),
    channel: (heard) => openChannel("calls", heard),
    later: (run, milliseconds) => void setTimeout(run, milliseconds),
  });
  const used = (): void => turns.use();
  const looked = (): void => {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    turns.use();
    stopFlash();
  };
  const stop = onFrame((frame, before) => called(turns, frame, before));
  turns.use();
  addEventListener("focus", looked);
  addEventListener("pointerdown", used);
  document.addEventListener("visibilitychange", looked);
  return () => {
    stop();
    turns.stop();
    stopFlash();
    removeEventListener("focus", looked);
    removeEventListener("pointerdown", used);
    document.removeEventListener("visibilitychange", looked);
  };
}
