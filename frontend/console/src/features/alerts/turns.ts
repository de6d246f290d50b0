/**
 * Of several tabs of one browser only one calls the operator: the one that was used last. Where that one is silent
 * (closed, frozen by the browser, cut off) the quickest of the others calls instead, a moment later.
 */
import type { Channel } from "../../state/tabs.ts";

export interface TurnsOptions {
  /** This tab among the others. */
  tab: string;
  storage: Pick<Storage, "getItem" | "setItem"> | null;
  channel: (heard: (call: string) => void) => Channel<string>;
  later: (run: () => void, milliseconds: number) => void;
  random?: () => number;
}

const LAST_USED = "klepet.console.last-used";
const WAIT_MS = 400;
const SPREAD_MS = 800;
/** So many calls are remembered; one is over long before as many others came. */
const REMEMBERED = 100;

export class Turns {
  #options: TurnsOptions;
  #channel: Channel<string>;
  #taken = new Set<string>();

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#channel = options.channel((call) => this.#remember(call));
  }

  /** Somebody works in this tab. */
  use(): void {
    try {
      this.#options.storage?.setItem(LAST_USED, this.#options.tab);
    } catch {
      // A full storage: which tab was used last stays unknown.
    }
  }

  /** Run this unless another tab takes the same call. */
  take(call: string, run: () => void): void {
    const go = (): void => {
      if (this.#taken.has(call)) return;
      this.#remember(call);
      this.#channel.post(call);
      run();
    };
    if (this.#options.storage?.getItem(LAST_USED) === this.#options.tab) go();
    else this.#options.later(go, WAIT_MS + SPREAD_MS * (this.#options.random ?? Math.random)());
  }

  stop(): void {
    this.#channel.close();
  }

  #remember(call: string): void {
    this.#taken.add(call);
    for (const oldest of this.#taken) {
      if (this.#taken.size <= REMEMBERED) return;
      this.#taken.delete(oldest);
    }
  }
}
