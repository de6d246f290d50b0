/** Who may ask for the composer from elsewhere: keys for "write a reply" and "write a note". */
type Mode = "text" | "note";

let take: ((mode: Mode) => void) | null = null;

/** The composer on screen takes requests as long as it is there. */
export function attachComposer(taker: (mode: Mode) => void): () => void {
  take = taker;
  return () => {
    if (take === taker) take = null;
  };
}

/** Put the cursor into the composer, for a reply or a note. */
export function write(mode: Mode): void {
  take?.(mode);
}
