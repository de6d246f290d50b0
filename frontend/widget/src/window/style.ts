/** How the window looks. Its colours are its own, the accent is the site's. */
import type { Widget } from "../widget.ts";

const LIGHT = "--ink:#17191e;--soft:#5b616c;--ground:#fff;--raised:#f0f1f4;--line:#dfe2e7;--bad:#b3261e;color-scheme:light";
const DARK = "--ink:#f1f2f4;--soft:#a6acb7;--ground:#1b1d22;--raised:#2b2e35;--line:#3a3e47;--bad:#ff9d94;color-scheme:dark";

export const style = ({ tag: { config, settings, offset }, narrow }: Widget): string => `
*{box-sizing:border-box;margin:0}
[hidden]{display:none!important}
:host>[aria-expanded=true]:before{clip-path:path("M18 23l10 10 10-10 3 3-13 13-13-13z")}
.window{--c:${config.colour};--i:${config.ink};${LIGHT};position:fixed;z-index:2147483001;bottom:92px;${settings.position ?? config.position}:${offset}px;width:min(380px,100vw - 40px);height:min(600px,100dvh - 112px);overflow:hidden;display:flex;flex-direction:column;border-radius:16px;background:var(--ground);color:var(--ink);font:16px/1.45 system-ui,sans-serif;overflow-wrap:anywhere;box-shadow:0 0 0 1px var(--line),0 12px 48px #0003;animation:in .16s ease-out}
@media(prefers-color-scheme:dark){.window{${DARK}}}
@media ${narrow.media}{.window{inset:0;top:var(--top,0);bottom:auto;width:auto;height:var(--height,100dvh);border-radius:0;box-shadow:none}}
@keyframes in{from{opacity:0;transform:translateY(12px)}}
.window button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;border-radius:6px}
svg{display:block;width:20px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.window .icon{flex:none;width:44px;height:44px;display:grid;place-items:center;color:var(--soft)}
.icon:hover{background:var(--raised)}
header,form{position:relative;display:flex;align-items:center;gap:4px;padding:8px}
header{padding-top:max(8px,env(safe-area-inset-top));border-bottom:1px solid var(--line)}
header>div+div{flex:1;min-width:0}
h2,p{font-size:16px;font-weight:600;line-height:1.3;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
p,small{font-size:12px;font-weight:400;color:var(--soft)}
.face{flex:none;display:grid;place-items:center;width:40px;height:40px;margin:0 8px;border-radius:50%;background:var(--raised) center/cover;font-weight:600}
.scroll{flex:1;min-height:0;overflow:auto;overscroll-behavior:contain;padding:12px 16px}
form{flex-wrap:wrap;align-items:end;padding-bottom:max(8px,env(safe-area-inset-bottom));border-top:1px solid var(--line)}
form:focus-within{border-color:var(--soft);box-shadow:inset 0 1px var(--soft)}
textarea{flex:1;min-width:0;max-height:140px;padding:10px 8px;border:0;resize:none;outline:0;background:none;color:inherit;font:inherit}
::placeholder{color:var(--soft)}
.window .send{color:var(--i);background:var(--c);border-radius:50%}
.window .send:disabled{background:none;color:var(--soft);cursor:default}
@media(prefers-reduced-motion){*{animation:none!important}}
`;
