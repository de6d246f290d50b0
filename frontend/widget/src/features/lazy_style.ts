/** Looks of menu and rating, added once. */
import type { Widget } from "../widget.ts";

const CSS = `
.menu{position:absolute;z-index:1;inset-block-start:calc(100% - 4px);inset-inline-end:12px;min-width:220px;max-width:calc(100% - 24px);padding:4px;border-radius:10px;background:var(--ground);box-shadow:0 0 0 1px var(--line),0 8px 24px #0003;display:flex;flex-direction:column;animation:in .12s ease-out}
.window .menu>*{min-height:44px;padding:8px 12px;text-align:start}
.window .menu>button:hover,.window .menu>button:focus-visible{background:var(--raised)}
.rating{align-self:stretch;margin-top:16px;padding:16px;border-radius:10px;border:1px solid var(--line);display:flex;flex-direction:column;gap:12px;text-align:center}
.rating fieldset{display:flex;justify-content:center;gap:4px;margin:0;padding:0;border:0}
.rating legend{padding:0 0 8px;margin:auto;font-weight:600}
.rating label{position:relative;width:48px;height:48px;display:grid;place-items:center;border-radius:10px;border:1px solid var(--line);font-weight:600;cursor:pointer}
.rating label:hover{background:var(--raised)}
.rating input{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
.rating label:has(:checked){background:var(--c);color:var(--i);border-color:var(--c)}
.rating label:has(:focus-visible){outline:2px solid var(--ink);outline-offset:2px}
.rating output{min-height:1.45em;font-size:14px;color:var(--soft)}
.rating textarea{flex:none;padding:10px 12px;border:1px solid var(--soft);border-radius:6px;text-align:start}
.rating textarea:focus{border-color:var(--ink);box-shadow:0 0 0 1px var(--ink)}
.window .rating>button{min-height:44px;padding:8px 16px;background:var(--c);color:var(--i);font-weight:600}
.window .rating>button:disabled{background:var(--raised);color:var(--soft);cursor:default}
`;

const dressed = new WeakSet<Widget>();

export function dress(widget: Widget): void {
  if (dressed.has(widget)) return;
  dressed.add(widget);
  widget.dress(CSS);
}
