/** What somebody writes as the address of a website, as an origin; or what is wrong with it. The server has the last word. Pure. */

export type OriginFault = "empty" | "scheme" | "path" | "spaces" | "wildcard" | "host" | "port";

/** Shown where an address is to be written. */
export const EXAMPLE = "https://shop.example";

/** Hosts that are asked without TLS when nobody says otherwise. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/i;

/** The origin, or the fault; with a fault, `suggestion` is what was probably meant. */
export function originFrom(text: string): { origin: string } | { fault: OriginFault; suggestion?: string } {
  const wanted = text.trim().replace(/([^/:])\/$/, "$1");
  if (!wanted) return { fault: "empty" };
  if (/\s/.test(wanted)) return { fault: "spaces" };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(wanted)?.[1]?.toLowerCase();
  if (scheme && scheme !== "http" && scheme !== "https") return { fault: "scheme" };
  const rest = scheme ? wanted.slice(scheme.length + 3) : wanted;
  const origin = `${scheme ?? (LOCAL.test(rest) ? "http" : "https")}://${rest}`;
  const host = rest.split(/[/?#]/, 1)[0] ?? "";
  if (host !== rest) return host ? { fault: "path", suggestion: origin.slice(0, origin.indexOf(host) + host.length) } : { fault: "host" };
  return faultOfHost(host) ?? { origin: origin.toLowerCase() };
}

function faultOfHost(host: string): { fault: OriginFault } | null {
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(host) ?? [];
  if (port !== undefined && port !== "*" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535)) return { fault: "port" };
  const rest = name.replace(/^\*\./, "");
  if (rest.includes("*") || (name !== rest && !rest.includes(".") && rest !== "localhost")) return { fault: "wildcard" };
  if (!rest || /[@\\%]/.test(rest)) return { fault: "host" };
  if (!rest.includes(".") && !rest.startsWith("[") && rest.toLowerCase() !== "localhost") return isPlainName(rest) ? null : { fault: "host" };
  return null;
}

/** Names without a dot exist inside companies ("intranet"). */
function isPlainName(name: string): boolean {
  return /^[\p{L}\p{N}_-]+$/u.test(name);
}
