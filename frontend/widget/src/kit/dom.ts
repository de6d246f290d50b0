/** Making nodes without markup: nothing here ever parses text. */

/** An element with properties and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props?: Record<string, unknown> | null,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}

/** An icon of 20 pixels: one path on a 24 by 24 grid, drawn as a stroke. Its button has the name. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS(svg.namespaceURI, "path");
  shape.setAttribute("d", path);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.ariaHidden = "true";
  svg.append(shape);
  return svg as SVGElement;
}

/** A button that shows an icon and says its name. */
export const iconButton = (label: string, path: string, onclick: () => void): HTMLButtonElement =>
  h("button", { type: "button", className: "icon", ariaLabel: label, title: label, onclick }, icon(path));
