/** Making nodes without markup: nothing here ever parses text. */

/** An element with properties (or attributes, where the name is none of its properties) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props?: Record<string, unknown> | null,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name in node) (node as unknown as Record<string, unknown>)[name] = value;
    else node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/** An icon of 20 pixels: one path on a 24 by 24 grid, drawn as a stroke. Its button has the name. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS(svg.namespaceURI, "path");
  shape.setAttribute("d", path);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(shape);
  return svg as SVGElement;
}

/** A button that shows an icon and says its name. */
export const iconButton = (label: string, path: string, onclick: () => void): HTMLButtonElement =>
  h("button", { type: "button", className: "icon", ariaLabel: label, title: label, onclick }, icon(path));
