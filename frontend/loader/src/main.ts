/** The tag's script: asks for the site's settings, draws the launcher, and imports the chat when it is wanted. */
import type { Config, Klepet, Settings, Tag } from "../../widget/src/tag.ts";
import type { Widget } from "../../widget/src/widget.ts";

declare const __CHAT__: string;

const page = document;
const script = page.currentScript as HTMLScriptElement;
const settings: Settings & { site?: string } = { ...window.klepetSettings, ...script.dataset };
const key = settings.site as string;
const klepet: Klepet = (window.klepet ??= (...call) => {
  queue.push(call);
});
const queue = (klepet.q ??= []);
const tags = (klepet.t ??= {});
const url = (path: string): string => new URL(path, script.src).href;
/** On: `true`, or an attribute that is there, as `data-open` without a value is. */
const on = (setting: unknown): boolean => setting === "" || !!setting;
const fail = (reason: unknown): void => console.error("klepet: " + reason);

async function draw(): Promise<Tag> {
  const answer = await fetch(url(`w/${key}/config?p=${location.pathname}`));
  const config: Config & { error: Error } = await answer.json();
  if (!answer.ok) throw config.error.message;
  const side = settings.position ?? config.position;
  // The slot tells the next tag on which side of the page this one stands.
  const offset = 20 + 72 * page.querySelectorAll(`klepet-chat[slot=${side}]`).length;
  const host = page.createElement("klepet-chat");
  host.slot = side;
  const root = host.attachShadow({ mode: "open" });
  const launcher = page.createElement("button");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{all:initial!important;display:contents!important}" +
      `:host>button{position:fixed;z-index:2147483000;bottom:max(20px,env(safe-area-inset-bottom));${side}:${offset}px;padding:28px;border:0;border-radius:50%;background:${config.colour};box-shadow:0 4px 16px #0004;cursor:pointer;forced-color-adjust:none}` +
      `:host>button:before{content:"";position:absolute;inset:0;background:${config.ink};clip-path:path("M18 17h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4h-9l-7 6v-6h-4a4 4 0 0 1-4-4V21a4 4 0 0 1 4-4z")}`,
  );
  root.adoptedStyleSheets = [sheet];
  launcher.ariaLabel = config.label;
  launcher.onclick = () => wake(1);
  launcher.onpointerenter = wake;
  launcher.hidden = on(settings.hidden);
  root.append(launcher);
  page.documentElement.append(host);
  return { key, url, config, settings, offset, root };
}

const wake = (open?: unknown): void => {
  load().then<unknown, unknown>((widget) => open === 1 && widget.open(), fail);
};
const load = async (): Promise<Widget> => (await import(/* @vite-ignore */ url(__CHAT__))).start(await tag);
let tag: Promise<Tag>;

if (!tags[key]) {
  tags[key] = load;
  tag = draw();
  tag.then(() => {
    let wanted: unknown = on(settings.open) || queue.length;
    try {
      wanted ||= localStorage[`klepet:${key}:known`];
    } catch {}
    if (wanted) (window.requestIdleCallback ?? setTimeout)(wake);
    if (queue.push == [].push)
      queue.push = (call) => {
        wake();
        return (queue[queue.length] = call).length;
      };
  }, fail);
}
