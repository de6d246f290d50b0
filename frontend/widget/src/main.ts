/** The visitor's chat. */
export function mount(root: ShadowRoot): HTMLElement {
  const panel = document.createElement("section");
  root.append(panel);
  return panel;
}
