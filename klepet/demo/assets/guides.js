// The single-page application of the shop: views change by history.pushState, the page itself is loaded once.
"use strict";

const root = document.querySelector("[data-guides]");
const views = [...root.querySelectorAll("[data-view]")];
const MOST_CUPS = 6;

function show(path, focus) {
  const shown = views.find((view) => view.dataset.view === path) ?? views[0];
  for (const view of views) view.hidden = view !== shown;
  for (const link of root.querySelectorAll(".tabs a")) {
    if (link.getAttribute("href") === shown.dataset.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const heading = shown.querySelector("h1");
  document.title = `${heading.textContent} · ${root.dataset.name}`;
  if (focus) {
    scrollTo({ top: 0, behavior: "instant" });
    heading.focus({ preventScroll: true });
  }
}

root.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const path = link.getAttribute("href");
  if (path !== location.pathname) history.pushState(null, "", path);
  show(path, true);
});
addEventListener("popstate", () => show(location.pathname, false));

for (const box of root.querySelectorAll("[data-dose]")) {
  const output = box.querySelector("[data-cups]");
  const buttons = [...box.querySelectorAll("[data-step]")];
  const draw = (cups) => {
    output.textContent = String(cups);
    box.querySelector("[data-grams]").textContent = String(Number(box.dataset.dose) * cups);
    box.querySelector("[data-ml]").textContent = String(Number(box.dataset.water) * cups);
    for (const button of buttons) {
      const next = cups + Number(button.dataset.step);
      button.disabled = next < 1 || next > MOST_CUPS;
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => draw(Number(output.textContent) + Number(button.dataset.step)));
  }
  box.querySelector(".cups").hidden = false;
  draw(1);
}
