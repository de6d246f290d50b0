/** A list that is asked for page by page while somebody reads it, and renewed from its beginning while it stays open. */
import type { Page } from "./api.ts";
import { appended, renewed, type Row } from "./pages.ts";

type Ask<T> = (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>;

export class Paged<T extends Row> {
  rows = $state.raw<readonly T[]>([]);
  error = $state.raw<unknown>(null);
  isLoading = $state(false);
  /** Whether the beginning was answered; until then an empty list says nothing. */
  isLoaded = $state(false);
  hasMore = $state(false);
  #ask: Ask<T>;
  #cursor: string | null = null;
  #abort = new AbortController();

  constructor(ask: Ask<T>) {
    this.#ask = ask;
  }

  /** The next page, or the first one again when it failed. */
  more(): Promise<void> {
    if (this.isLoading || (this.isLoaded && !this.hasMore)) return Promise.resolve();
    return this.#load(this.#cursor, (page) => {
      this.rows = appended(this.rows, page.items);
      return page.next_cursor;
    });
  }

  /** From the beginning, with another question; what is shown stays until the answer is here. */
  restart(): Promise<void> {
    return this.#load(null, (page) => {
      this.rows = page.items;
      return page.next_cursor;
    });
  }

  /** What is newer now: older pages that were read stay where they are. */
  async renew(): Promise<void> {
    if (this.isLoading) return;
    const before = this.#cursor;
    await this.#load(null, (page) => {
      const joined = page.next_cursor === null ? null : renewed(this.rows, page.items);
      const isLonger = joined !== null && joined.length > page.items.length;
      this.rows = joined ?? page.items;
      return isLonger ? before : page.next_cursor;
    });
  }

  stop(): void {
    this.#abort.abort();
  }

  async #load(cursor: string | null, take: (page: Page<T>) => string | null): Promise<void> {
    this.#abort.abort();
    const abort = (this.#abort = new AbortController());
    this.isLoading = true;
    this.error = null;
    try {
      const page = await this.#ask(cursor, abort.signal);
      if (abort.signal.aborted) return;
      this.#cursor = take(page);
      this.hasMore = this.#cursor !== null;
      this.isLoaded = true;
    } catch (caught) {
      if (!abort.signal.aborted) this.error = caught;
    } finally {
      if (abort === this.#abort) this.isLoading = false;
    }
  }
}
