/** How the inbox is divided: widths that this browser remembers, whether the details are shown, and how much room there is. */

const REMEMBERED = "klepet.console.panes";
const LIMITS = { list: [280, 520], details: [260, 480] } as const;

export type Pane = keyof typeof LIMITS;

interface Remembered {
  list: number;
  details: number;
  areDetailsShown: boolean;
}

function remembered(): Remembered {
  const fresh: Remembered = { list: 344, details: 304, areDetailsShown: true };
  try {
    return { ...fresh, ...(JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as Partial<Remembered>) };
  } catch {
    return fresh;
  }
}

let kept = $state(remembered());
let isDrawerOpen = $state(false);

const narrow = matchMedia("(max-width: 719px)");
const medium = matchMedia("(max-width: 1099px)");
let isNarrow = $state(narrow.matches);
let isMedium = $state(medium.matches);
narrow.addEventListener("change", () => (isNarrow = narrow.matches));
medium.addEventListener("change", () => (isMedium = medium.matches));

function remember(): void {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(kept));
  } catch {
    // Blocked storage: the widths last as long as the page.
  }
}

export const panes = {
  /** One pane at a time. */
  get isNarrow() {
    return isNarrow;
  },
  /** The details are a drawer over the conversation. */
  get isDrawer() {
    return isMedium;
  },
  get areDetailsShown() {
    return isMedium ? isDrawerOpen : kept.areDetailsShown;
  },
  width(pane: Pane): number {
    return kept[pane];
  },
  limits(pane: Pane): readonly [number, number] {
    return LIMITS[pane];
  },
};

export function resizePane(pane: Pane, width: number): void {
  const [least, most] = LIMITS[pane];
  kept[pane] = Math.round(Math.min(most, Math.max(least, width)));
  remember();
}

export function showDetails(isShown: boolean): void {
  if (isMedium) isDrawerOpen = isShown;
  else {
    kept.areDetailsShown = isShown;
    remember();
  }
}

/** A drawer does not stay open over the next conversation. */
export function closeDrawer(): void {
  isDrawerOpen = false;
}
