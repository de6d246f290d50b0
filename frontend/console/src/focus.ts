/** Giving the focus to a row that a long list is about to draw: it is hidden until it was measured, and what is hidden takes no focus. */

/** A busy machine draws late, and the row that had the focus is gone by then: who gave up would leave the keyboard nowhere. */
const PATIENCE_MS = 3_000;

let newest = 0;

export async function focusWhenDrawn(box: HTMLElement, selector: string): Promise<void> {
  const turn = ++newest;
  const before = document.activeElement;
  const ends = performance.now() + PATIENCE_MS;
  while (turn === newest && performance.now() < ends) {
    const active = document.activeElement;
    // Somebody went elsewhere meanwhile.
    if (active && active !== before && active !== document.body && !box.contains(active)) return;
    const element = box.querySelector<HTMLElement>(selector);
    element?.focus({ preventScroll: true });
    if (element && element === document.activeElement) return;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
