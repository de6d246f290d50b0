// What is wrong with the layout of the page as it stands: a list of sentences. Shadow roots are looked into.
() => {
  const SLACK = 1.5;
  const CONTROLS =
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=tab], [role=option], [role^=menuitem], [tabindex='0']";
  const found = new Set();

  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]));
  const parent = (e) => e.parentElement ?? (e.getRootNode().host || null);
  const line = function* (e) {
    for (let at = e; at; at = parent(at)) yield at;
  };
  const styles = new Map();
  const style = (e) => styles.get(e) ?? (styles.set(e, getComputedStyle(e)), styles.get(e));
  const name = (e) => {
    const said = (e.ariaLabel || e.innerText || e.value || e.placeholder || "").trim().replace(/\s+/g, " ").slice(0, 50);
    const kind = typeof e.className === "string" && e.className ? "." + e.className.split(" ")[0] : "";
    return `${e.localName}${kind} “${said}”`;
  };

  const hidden = (e) => {
    if (!e.checkVisibility()) return true;
    for (const at of line(e)) {
      const s = style(at);
      const box = at.getBoundingClientRect();
      if (s.display === "none" || s.visibility !== "visible" || Number(s.opacity) < 0.1) return true;
      if (s.clipPath !== "none" || (s.overflowX !== "visible" && box.width <= 2) || (s.clip !== "auto" && box.width <= 2)) return true;
      if (at.ariaHidden === "true" && at.inert) return true;
    }
    return false;
  };

  const elements = all(document).filter((e) => !["SCRIPT", "STYLE", "HEAD", "TITLE", "NOSCRIPT"].includes(e.tagName));

  // Nothing scrolls sideways, except what is code.
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth + 1) found.add(`the page scrolls sideways: ${page.scrollWidth} > ${page.clientWidth}`);
  for (const e of elements) {
    if (e === page || e.clientWidth < 2 || e.scrollWidth <= e.clientWidth + 1 || e.closest("pre, code, textarea, select, input")) continue;
    if (["auto", "scroll"].includes(style(e).overflowX) && !hidden(e)) {
      found.add(`${name(e)} scrolls sideways: ${e.scrollWidth} > ${e.clientWidth}`);
    }
  }

  // Text stands where it can be read.
  const isPainted = (s) => s.backgroundColor !== "rgba(0, 0, 0, 0)" || s.backgroundImage !== "none" || parseFloat(s.borderLeftWidth) > 0;
  const isCutOnPurpose = (s) => s.textOverflow === "ellipsis" || s.webkitLineClamp !== "none";
  const range = document.createRange();
  for (const e of elements) {
    if (e.closest("select, textarea, option, svg")) continue;
    const texts = [...e.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    if (texts.length === 0 || hidden(e)) continue;
    for (const text of texts) {
      range.selectNodeContents(text);
      for (const box of range.getClientRects()) {
        if (box.width > 0) judge(e, text.data.trim().slice(0, 50), box);
      }
    }
  }

  function judge(e, said, box) {
    let isInside = true;
    let isFree = false;
    for (const at of line(e)) {
      const s = style(at);
      if (isCutOnPurpose(s)) return;
      if (s.display === "inline" || s.display === "contents") continue;
      const inner = at.getBoundingClientRect();
      const right = inner.right - parseFloat(s.borderRightWidth);
      const left = inner.left + parseFloat(s.borderLeftWidth);
      const isBeyond = box.right > right + SLACK || box.left < left - SLACK;
      const isBelow = box.bottom > inner.bottom + 3 || box.top < inner.top - 3;
      const cuts = (overflow) => ["hidden", "clip"].includes(overflow);
      const isPage = at === document.body || at === document.documentElement;
      if (isBeyond && cuts(s.overflowX)) return void found.add(`cut off: “${said}” in ${name(at)}`);
      if (isBelow && cuts(s.overflowY) && !isPage && !isFree) return void found.add(`cut off below: “${said}” in ${name(at)}`);
      if (["auto", "scroll"].includes(s.overflowY) || ["auto", "scroll"].includes(s.overflowX)) isFree = true;
      if (isInside && !isFree && isPainted(s) && !isPage) {
        isInside = false;
        if (isBeyond || isBelow) return void found.add(`runs out of its box: “${said}” in ${name(at)}`);
      }
      if (s.position === "fixed") break;
    }
    if (!isFree && (box.right > innerWidth + SLACK || (box.left < -SLACK && box.right > 0))) {
      found.add(`beyond the edge of the window: “${said}” in ${name(e)}`);
    }
  }

  const measure = document.createElement("canvas").getContext("2d");
  for (const e of elements) {
    if (!["input", "textarea"].includes(e.localName) || e.value || !e.placeholder || hidden(e)) continue;
    const s = style(e);
    measure.font = s.font;
    const room = e.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight);
    const isCut = e.localName === "input" ? measure.measureText(e.placeholder).width > room + SLACK : e.scrollHeight > e.clientHeight + 2;
    if (isCut) found.add(`the hint does not fit: “${e.placeholder}”`);
  }

  // No two controls share a place.
  const floor = (e) => {
    for (const at of line(e)) {
      if (["fixed", "sticky"].includes(style(at).position) || at.popover || at.localName === "dialog") return at;
      if (["menu", "listbox", "dialog"].includes(at.role)) return at;
    }
    return null;
  };
  const seen = (e) => {
    let { left, top, right, bottom } = e.getBoundingClientRect();
    if (e.localName === "input") {
      // What stands in the padding of a field stands beside its text.
      left += parseFloat(style(e).paddingLeft);
      right -= parseFloat(style(e).paddingRight);
    }
    const box = { left: Math.max(left, 0), top: Math.max(top, 0), right: Math.min(right, innerWidth), bottom: Math.min(bottom, innerHeight) };
    for (const at of line(parent(e))) {
      const s = style(at);
      if (s.overflowX === "visible" && s.overflowY === "visible") continue;
      const inner = at.getBoundingClientRect();
      box.left = Math.max(box.left, inner.left);
      box.top = Math.max(box.top, inner.top);
      box.right = Math.min(box.right, inner.right);
      box.bottom = Math.min(box.bottom, inner.bottom);
    }
    return box.right - box.left > 2 && box.bottom - box.top > 2 ? box : null;
  };
  const top = (x, y) => {
    let at = document.elementFromPoint(x, y);
    while (at?.shadowRoot?.elementFromPoint(x, y) && at.shadowRoot.elementFromPoint(x, y) !== at) at = at.shadowRoot.elementFromPoint(x, y);
    return at;
  };
  const holds = (outer, inner) => inner !== null && [...line(inner)].includes(outer);
  const isHit = (e, box) => {
    for (const [x, y] of [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]]) {
      const at = top(box.left + (box.right - box.left) * x, box.top + (box.bottom - box.top) * y);
      if (holds(e, at) || (at?.localName === "label" && at.control === e)) return true;
    }
    return false;
  };
  const controls = elements
    .filter((e) => e.matches(CONTROLS) && !e.disabled && !hidden(e))
    .map((e) => ({ e, box: seen(e), floor: floor(e) }))
    .filter(({ e, box }) => box && isHit(e, box));
  for (let i = 0; i < controls.length; i++) {
    for (let j = i + 1; j < controls.length; j++) {
      const [a, b] = [controls[i], controls[j]];
      const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (width <= SLACK || height <= SLACK || a.floor !== b.floor || holds(a.e, b.e) || holds(b.e, a.e)) continue;
      found.add(`${name(a.e)} and ${name(b.e)} overlap by ${Math.round(width)} × ${Math.round(height)}`);
    }
  }
  return [...found];
}
