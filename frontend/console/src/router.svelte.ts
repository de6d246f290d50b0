/** Where the person is, from the address after `#`; and how to go somewhere else. */
import { formatHash, parseHash, type Location } from "./route.ts";

let here = $state.raw<Location>(parseHash(location.hash));

addEventListener("hashchange", () => {
  here = parseHash(location.hash);
});

export const router = {
  get path(): string {
    return here.path;
  },
  get query(): Record<string, string> {
    return here.query;
  },
};

/** Go to a path such as `/inbox`; `replace` leaves no step in the browser's history. */
export function go(path: string, options: { query?: Record<string, string | number>; replace?: boolean } = {}): void {
  const hash = formatHash(path, options.query);
  if (hash === location.hash) return;
  if (options.replace) history.replaceState(history.state, "", hash);
  else location.hash = hash;
  // At once, not with the event: a key pressed right after belongs to the new page.
  here = parseHash(hash);
}

/** The address for a link. */
export function linkTo(path: string, query?: Record<string, string | number>): string {
  return formatHash(path, query);
}
