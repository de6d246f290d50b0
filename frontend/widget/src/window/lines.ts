/** The lines on the screen. A line keeps its node as long as it is there, so that a screen reader hears it once. */
import { h } from "../kit/dom.ts";
import { splitLinks } from "../kit/links.ts";
import type { Line } from "../state/thread.ts";
import type { Widget } from "../widget.ts";

export interface Lines {
  node: HTMLElement;
  /** What stands there, by its key. */
  shown: ReadonlyMap<string, { node: HTMLElement; line: Line }>;
  /** These lines from now on, and no others. */
  put(lines: readonly Line[]): void;
}

export function createLines(widget: Widget): Lines {
  const { t, tag } = widget;
  // Of two people who read English one may count to twelve, the other to 24.
  const language = navigator.languages.find((each) => each.split("-")[0] === widget.language) ?? widget.language;
  const node = h("div", { className: "log", role: "log", ariaLabel: t("thread.label") });
  const shown = new Map<string, { node: HTMLElement; line: Line }>();
  const system = (said: string): HTMLElement => h("div", { className: "s" }, said);

  function create({ fact, author, text, at, isFirst }: Line): HTMLElement {
    if (text === undefined) return system(new Date(at).toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" }));
    if (fact) return system(t(`system.${fact.line}`, { ...fact, name: fact.name ?? t("author.unknown"), value: fact.value + " " + fact.currency }));
    const isMine = author?.kind === "visitor";
    const operator = author && widget.state.operators.find(({ id }) => id === author.id);
    const who = isMine ? t("author.you") : (operator?.name ?? tag.config.name) + (operator?.is_bot ? " · " + t("author.bot") : "");
    return h(
      "div",
      null,
      h("span", { className: isFirst && !isMine ? "who" : "sr" }, who, h("span", { className: "sr" }, ": ")),
      h(
        "div",
        { className: "b", dir: "auto" },
        ...splitLinks(text).map((piece, index) =>
          index % 2 ? h("a", { href: piece, target: "_blank", rel: "noopener noreferrer nofollow" }, piece) : piece,
        ),
      ),
      h("div", { className: "meta" }),
    );
  }

  function update(node: HTMLElement, { key, at, text, fact, author, mark, isFirst, isLast }: Line): void {
    if (fact || text === undefined) return;
    const meta = node.lastChild as HTMLElement;
    node.className = `m${author?.kind === "visitor" ? " mine" : ""}${isFirst ? " first" : ""}${isLast ? " last" : ""}`;
    const time = at && (isLast || mark) ? new Date(at).toLocaleTimeString(language, { timeStyle: "short" }) : "";
    const said = time + (mark ? " · " + t(`mark.${mark}`) : "");
    if (meta.title === said) return;
    meta.title = meta.textContent = said;
    meta.className = "meta";
    if (mark === "failed") void import("../features/failed.ts").then(({ offer }) => offer(widget, meta, key));
  }

  return {
    node,
    shown,
    put(lines) {
      const keys = new Set(lines.map((line) => line.key));
      for (const [key, { node }] of shown)
        if (!keys.has(key)) {
          node.remove();
          shown.delete(key);
        }
      let next: ChildNode | null = node.firstChild;
      for (const line of lines) {
        const child = shown.get(line.key)?.node ?? create(line);
        shown.set(line.key, { node: child, line });
        update(child, line);
        if (next === child) next = child.nextSibling;
        else node.insertBefore(child, next);
      }
    },
  };
}
