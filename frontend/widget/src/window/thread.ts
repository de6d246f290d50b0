/** The transcript on the screen. A line keeps its node as long as it is there, so that a screen reader hears it once. */
import { h } from "../kit/dom.ts";
import { splitLinks } from "../kit/links.ts";
import type { Line } from "../state/thread.ts";
import type { Widget } from "../widget.ts";

interface Shown {
  node: HTMLElement;
  line: Line;
  meta: HTMLElement;
}

export interface Thread {
  node: HTMLElement;
  show(lines: readonly Line[]): void;
  /** What was read: for each conversation the last place whose end stands above `bottom`. */
  placesAbove(bottom: number): Record<string, number>;
}

const linked = (text: string): (Node | string)[] =>
  splitLinks(text).map((piece, index) =>
    index % 2 ? h("a", { href: piece, target: "_blank", rel: "noopener noreferrer nofollow" }, piece) : piece,
  );

export function createThread(widget: Widget): Thread {
  const { t, language } = widget;
  const node = h("div", { className: "log", role: "log", "aria-label": t("thread.label") });
  const shown = new Map<string, Shown>();

  function create(line: Line): Shown {
    const { fact, author, at } = line;
    const meta = h("div", { className: "meta" });
    const node = h("div", { className: "s" });
    if (line.isDay)
      node.textContent = new Date(at).toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
    if (fact) {
      const { line: name, value, currency } = fact;
      const values = { ...fact, name: fact.name ?? t("author.unknown"), value: `${value} ${currency}` };
      node.textContent = t(`system.${name}`, values);
    }
    if (node.textContent) return { line, meta, node };
    const who = line.isMine ? t("author.you") : (author?.name ?? widget.tag.config.name) + (author?.is_bot ? " · " + t("author.bot") : "");
    return {
      line,
      meta,
      node: h(
        "div",
        null,
        h("span", { className: line.isFirst && !line.isMine ? "who" : "sr" }, who, h("span", { className: "sr" }, ": ")),
        h("div", { className: "b", dir: "auto" }, ...linked(line.text)),
        meta,
      ),
    };
  }

  function update({ node, meta }: Shown, line: Line): void {
    if (line.fact || line.isDay) return;
    const { mark, isFirst, isLast, isMine, key, at } = line;
    node.className = `m${isMine ? " mine" : ""}${isFirst ? " first" : ""}${isLast ? " last" : ""}`;
    const text = [(isLast || mark) && new Date(at).toLocaleTimeString(language, { timeStyle: "short" }), mark && t(`mark.${mark}`)].filter(Boolean).join(" · ");
    if (meta.dataset["of"] === text) return;
    meta.dataset["of"] = text;
    meta.hidden = !text;
    meta.textContent = text;
    if (mark === "failed") void import("../features/failed.ts").then(({ offer }) => offer(widget, meta, key));
  }

  return {
    node,
    show(lines) {
      const keys = new Set(lines.map((line) => line.key));
      for (const [key, { node }] of shown)
        if (!keys.has(key)) {
          node.remove();
          shown.delete(key);
        }
      let next: ChildNode | null = node.firstChild;
      for (const line of lines) {
        let entry = shown.get(line.key);
        if (!entry) shown.set(line.key, (entry = create(line)));
        entry.line = line;
        update(entry, line);
        if (next === entry.node) next = next.nextSibling;
        else node.insertBefore(entry.node, next);
      }
    },
    placesAbove(bottom) {
      const places: Record<string, number> = {};
      for (const { node, line } of shown.values())
        if (line.conversationId && node.getBoundingClientRect().bottom <= bottom)
          places[line.conversationId] = Math.max(places[line.conversationId] ?? 0, line.seq);
      return places;
    },
  };
}
