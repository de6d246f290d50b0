/** Speaking another language from now on. */
import type { Widget } from "../widget.ts";

export async function speakIn(widget: Widget, language: string): Promise<void> {
  widget.language = language;
  await widget.speak();
  widget.view?.node.remove();
  widget.view = undefined;
  if (widget.isOpen) await widget.open(true);
}
