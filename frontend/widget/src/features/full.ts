/** The direct chat page: its title and language, and what its address says of the visitor. */
import { NAME_CHARS } from "../../../protocol/generated.ts";
import type { Widget } from "../widget.ts";
import { speakIn } from "./language.ts";

/** The lines stay as long as in a book, however wide the screen. */
const CSS = ".window.window>*{padding-inline:max(12px,50% - 360px)}header>.face{margin-inline-start:0}";

export async function dressPage(widget: Widget): Promise<void> {
  widget.dress(CSS);
  const asked = new URLSearchParams(location.search);
  const language = asked.get("lang");
  const name = asked.get("name")?.trim().slice(0, NAME_CHARS);
  if (language && widget.tag.config.languages.includes(language)) await speakIn(widget, language);
  document.documentElement.lang = widget.language;
  document.title = widget.tag.config.name;
  if (name) widget.command({ type: "set_contact", details: { name } });
}
