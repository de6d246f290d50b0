/** Giving the focus to a row that a long list is about to draw: it is hidden until it was measured, and what is hidden takes no focus. */

const FRAMES = 12;

export async function focusWhenDrawn(box: HTMLElement, selector: string): Promise<void> {
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const element = box.querySelector<HTMLElement>(selector);
    element?.focus({ preventScroll: true });
    if (element && element === document.activeElement) return;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}
