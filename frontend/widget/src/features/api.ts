/** The page's calls, `klepet(command, …)`: checked, then done in the order in which they came. */
import type { ContactDetails, OrderReport } from "../../../protocol/generated.ts";
import { MESSAGE_CHARS, NAME_CHARS } from "../../../protocol/generated.ts";
import type { Events, Listener } from "../events.ts";
import type { Command } from "../outbox/outbox.ts";
import type { Call } from "../tag.ts";
import type { Widget } from "../widget.ts";
import { speakIn } from "./language.ts";
import { forget } from "./forget.ts";
import * as is from "./checks.ts";

const EVENTS: (keyof Events)[] = [
  "ready",
  "opened",
  "closed",
  "message",
  "unread",
  "conversation_started",
  "conversation_ended",
  "rated",
  "identified",
  "error",
];
const WAITING_MAX = 50;

const money = is.pattern(/^\d{1,12}(\.\d{1,4})?$/, '"19.90"');
const details = is.fields({
  "name?": is.text(NAME_CHARS),
  "email?": is.pattern(/^[^@\s]+@[^@\s]+$/, '"ana@example.com"'),
  "phone?": is.text(40, 3),
  "attributes?": is.attributes,
});
const order = is.fields({
  id: is.text(NAME_CHARS),
  value: money,
  currency: is.pattern(/^[A-Z]{3}$/, '"EUR"'),
  "items?": is.listOf(
    is.fields({ sku: is.text(500, 0), name: is.text(NAME_CHARS), quantity: is.wholeNumber, price: money }),
    100,
  ),
});
const identity: is.Check = (value, name) => (typeof value === "string" ? is.text(4_096, 16)(value, name) : details(value, name));

interface Verb {
  /** What the arguments must be, by name; a name with `?` may be left out. */
  takes?: Record<string, is.Check>;
  run(widget: Widget, ...values: never[]): unknown;
}

function identify(widget: Widget, token: string): void {
  widget.identity = token;
  widget.state = { ...widget.state, position: null };
  widget.connection.restart();
}

/** Commands that wait, in this page only, for a connection that the visitor's own acts open. */
const waiting = new WeakMap<Widget, Command[]>();

function later(widget: Widget, frame: Command): void {
  if (widget.isConnected) return void widget.command(frame);
  let frames = waiting.get(widget);
  if (!frames) {
    waiting.set(widget, (frames = []));
    listen(widget, "connected", () => {
      for (const each of frames?.splice(0) ?? []) widget.command(each);
    });
  }
  frames.push(frame);
  if (frames.length > WAITING_MAX) frames.shift();
}

const listening = new WeakMap<Widget, Map<keyof Events, Set<Listener>>>();

function listenersOf(widget: Widget): Map<keyof Events, Set<Listener>> {
  let listeners = listening.get(widget);
  if (!listeners) {
    const all = (listeners = new Map<keyof Events, Set<Listener>>());
    listening.set(widget, all);
    widget.emit = (name, data) => {
      for (const listener of all.get(name) ?? []) {
        try {
          listener(data as never);
        } catch (reason) {
          reportError(reason); // the page's fault, said as its own; the chat goes on
        }
      }
    };
  }
  return listeners;
}

function listen(widget: Widget, name: keyof Events, listener: Listener): void {
  const listeners = listenersOf(widget);
  listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
}

const VERBS: Record<string, Verb> = {
  open: { run: (widget) => widget.open() },
  close: { run: (widget) => widget.close() },
  toggle: { run: (widget) => (widget.isOpen ? widget.close() : widget.open()) },
  show: {
    run(widget) {
      widget.launcher.hidden = false;
    },
  },
  hide: {
    run(widget) {
      widget.close();
      widget.launcher.hidden = true;
    },
  },
  prefill: {
    takes: { text: is.text(MESSAGE_CHARS, 0) },
    run(widget, text: string) {
      widget.memory.set({ draft: text });
      widget.view?.composer.set(text);
    },
  },
  identify: {
    takes: { identity },
    run(widget, who: string | ContactDetails) {
      if (typeof who === "string") return identify(widget, who);
      if (widget.tag.config.is_signed_identity_required)
        throw new Error("this site takes signed identities only; sign one on your server (docs/javascript-api.md)");
      later(widget, { type: "set_contact", details: who });
    },
  },
  set: {
    takes: { attributes: is.attributes },
    run: (widget, attributes: NonNullable<ContactDetails["attributes"]>) =>
      later(widget, { type: "set_contact", details: { attributes } }),
  },
  event: {
    takes: { name: is.text(64), "data?": is.attributes },
    run: (widget, name: string, data = {}) => later(widget, { type: "track_event", name, data }),
  },
  order: {
    takes: { order },
    run(widget, report: OrderReport) {
      if (!widget.command({ type: "report_order", order: report })) throw new Error("too many commands wait to be sent");
      widget.connection.start();
    },
  },
  on: {
    takes: { event: is.oneOf(EVENTS), listener: is.aFunction },
    run(widget, name: keyof Events, listener: Listener) {
      listen(widget, name, listener);
      if (name === "ready") listener(undefined as never);
      if (name === "unread") listener(widget.unread as never);
    },
  },
  off: {
    takes: { event: is.oneOf(EVENTS), "listener?": is.aFunction },
    run(widget, name: keyof Events, listener?: Listener) {
      if (listener) listenersOf(widget).get(name)?.delete(listener);
      else listenersOf(widget).delete(name);
    },
  },
  language: {
    takes: { code: is.text(16, 2) },
    run(widget, code: string) {
      const { languages } = widget.tag.config;
      const problem = is.oneOf(languages)(code, "code");
      if (problem) throw new Error(problem);
      return speakIn(widget, code);
    },
  },
  reset: {
    run(widget) {
      widget.close(); // notes that it is closed, which is forgotten with the rest
      widget.memory.clear();
      forget(widget);
    },
  },
  destroy: {
    run(widget) {
      const { tag } = widget;
      forget(widget);
      tag.root.host.remove();
      delete window.klepet?.t?.[tag.key];
    },
  },
};

function check(takes: Record<string, is.Check>, values: unknown[]): void {
  const names = Object.keys(takes);
  if (values.length > names.length) throw new Error(`it takes ${names.length} argument(s), not ${values.length}`);
  names.forEach((name, index) => {
    if (name.endsWith("?") && values[index] === undefined) return;
    const problem = takes[name]?.(values[index], name.replace("?", ""));
    if (problem) throw new Error(problem);
  });
}

/** The key of the first tag on the page. */
function firstKey(tags: Record<string, unknown>): string | undefined {
  const keys = [...document.querySelectorAll<HTMLElement>("script[data-site]")].map((script) => script.dataset["site"] ?? "");
  return [...keys, ...Object.keys(tags)].find((key) => key in tags);
}

async function perform(call: Call): Promise<void> {
  const values = Array.from(call);
  let shown = "klepet()";
  try {
    const tags = window.klepet?.t ?? {};
    const site = typeof values[0] === "string" && values[0].startsWith("site:") ? String(values.shift()).slice(5) : firstKey(tags);
    const name = values.shift();
    shown = `klepet(${JSON.stringify(name) ?? name})`;
    const verb = VERBS[name as string];
    if (!verb || !Object.hasOwn(VERBS, name as string)) throw new Error(`there is no such command; there are ${Object.keys(VERBS).join(", ")}`);
    const load = site === undefined ? undefined : tags[site];
    if (!load) throw new Error(`there is no tag with data-site="${site ?? ""}" on this page`);
    check(verb.takes ?? {}, values);
    await verb.run(await load(), ...(values as never[]));
  } catch (reason) {
    console.error(`klepet: ${shown}: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}

let turn = Promise.resolve();

/** Do what waits in the queue, and from now on whatever comes, at once. */
export function takeCalls(queue: Call[]): void {
  queue.push = (...calls) => {
    for (const call of calls) turn = turn.then(() => perform(call));
    return 0;
  };
  queue.push(...queue.splice(0));
}
