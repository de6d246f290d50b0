/** The chat that fills the screen: the keyboard never covers the input, and the page behind it stands still. */
import type { Widget } from "../widget.ts";

const filled = new WeakSet<Widget>();

export function fill(widget: Widget): void {
  const { view } = widget;
  const page = document.documentElement;
  const seen = window.visualViewport;
  if (!view || filled.has(widget)) return;
  filled.add(widget);
  const { node } = view;
  const { overflow } = page.style;
  const wasInert = document.body.inert;
  const fit = (): void => {
    node.style.setProperty("--top", `${seen?.offsetTop ?? 0}px`);
    node.style.setProperty("--height", `${seen?.height ?? innerHeight}px`);
  };
  const { narrow } = widget;
  const end = (): void => {
    filled.delete(widget);
    seen?.removeEventListener("resize", fit);
    seen?.removeEventListener("scroll", fit);
    narrow.removeEventListener("change", end);
    watch.disconnect();
    page.style.overflow = overflow;
    document.body.inert = wasInert;
    node.removeAttribute("aria-modal");
    node.style.removeProperty("--top");
    node.style.removeProperty("--height");
  };
  const watch = new MutationObserver(() => {
    if (node.hidden || !node.isConnected) end();
  });
  seen?.addEventListener("resize", fit);
  seen?.addEventListener("scroll", fit);
  watch.observe(node, { attributeFilter: ["hidden"] });
  watch.observe(widget.tag.root, { childList: true });
  page.style.overflow = "hidden";
  fit();
  if (widget.isFull) return;
  narrow.addEventListener("change", end);
  document.body.inert = true;
  node.ariaModal = "true";
}
