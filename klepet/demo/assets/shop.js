// The shop's own niceties. Every page works without them: forms are sent, links are followed.
"use strict";

window.klepet = window.klepet || function () { (klepet.q = klepet.q || []).push(arguments); };

const toast = document.querySelector("[data-toast]");
let toastTimer = 0;

function say(text, link) {
  clearTimeout(toastTimer);
  toast.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    toast.append(" ", anchor);
  }
  toastTimer = setTimeout(() => toast.replaceChildren(), 6000);
}

// "Chat with us" opens the chat; without the chat's script the link leads to the help page.
for (const opener of document.querySelectorAll("[data-chat]")) {
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    klepet("open");
  });
}

// "Add to cart" stays on the page, and tells the chat what was added.
for (const form of document.querySelectorAll("[data-add]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "application/json" },
      });
      const answer = await response.json();
      if (!response.ok) {
        say(answer.error.message);
        return;
      }
      for (const badge of document.querySelectorAll("[data-pieces]")) {
        badge.textContent = String(answer.pieces);
        badge.hidden = false;
      }
      say(answer.message, { href: "/cart", text: form.dataset.view });
      klepet("event", "added_to_cart", { sku: answer.sku, quantity: answer.quantity });
    } catch {
      form.submit(); // the network or an old page: the browser shows what is the matter
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}

// A changed quantity is sent by itself.
for (const form of document.querySelectorAll("[data-change]")) {
  form.querySelector("[data-update]").hidden = true;
  form.quantity.addEventListener("change", () => form.requestSubmit(form.querySelector("[data-update]")));
}

// The menu closes on Escape and on a click beside it.
const menu = document.querySelector(".menu");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
