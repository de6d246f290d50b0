/** Tells to which page the visitor goes, also where pages change without loading. */
import type { Widget } from "../widget.ts";

const LOOK_MS = 3_000;
const SETTLE_MS = 400;

export function followPages(widget: Widget): void {
  // What the greeting said may be old by now: pages change while it is on its way, and are named late.
  let shown = "";
  let timer = 0;
  /** The title often follows the address a moment later. */
  const look = (): void => {
    if (location.href === shown || timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      if (widget.connection.send({ type: "show_page", page: { url: location.href, title: document.title.slice(0, 300) } })) shown = location.href;
    }, SETTLE_MS);
  };
  // Where the browser does not tell, a look from time to time does; the page's own functions stay as they are.
  (window as { navigation?: EventTarget }).navigation?.addEventListener("currententrychange", look);
  setInterval(look, LOOK_MS);
  look();
}
