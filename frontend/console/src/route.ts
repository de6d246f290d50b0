/** Reading and writing the address after `#`. Pure. */

export interface Location {
  path: string;
  query: Record<string, string>;
}

export type Params = Record<string, string>;

/** `#/inbox/7?at=3` as path and query. */
export function parseHash(hash: string): Location {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  return { path: `/${path.split("/").filter(Boolean).join("/")}`, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function formatHash(path: string, query: Record<string, string | number> = {}): string {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return `#${path}${text ? `?${text}` : ""}`;
}

/** The parameters of a path under a pattern such as `/contacts/:id?`, or null when it does not fit. */
export function matchPath(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (given.length > wanted.length) return null;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (part.startsWith(":")) {
      const name = part.replace(/^:|\?$/g, "");
      if (value === undefined && !part.endsWith("?")) return null;
      if (value !== undefined) params[name] = decode(value);
    } else if (part !== value) return null;
  }
  return params;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The first entry of a table whose pattern fits. */
export function findRoute<T extends { path: string }>(table: readonly T[], path: string): { route: T; params: Params } | null {
  for (const route of table) {
    const params = matchPath(route.path, path);
    if (params) return { route, params };
  }
  return null;
}
