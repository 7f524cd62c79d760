// Builds the page without markup in strings, so that nothing a task wrote can become markup.

const SVG = "http://www.w3.org/2000/svg";

const apply = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || (value === false && !name.startsWith("aria-"))) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
};

const fill = (element, children) => {
  for (const child of children.flat(3)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
};

/** An HTML element: `h("a", { href: "#" }, "text", other)`. */
export const h = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  apply(element, attributes);
  return fill(element, children);
};

/** An SVG element. */
export const s = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  apply(element, attributes);
  return fill(element, children);
};

/** Puts new content into a container and gives the focus back to what had it, by its `data-key`. */
export const replace = (container, ...children) => {
  const key = container.contains(document.activeElement) ? document.activeElement.dataset?.key : undefined;
  const scrolled = [...container.querySelectorAll("[data-scroll]")].map((e) => [e.dataset.scroll, e.scrollLeft, e.scrollTop]);
  container.replaceChildren();
  fill(container, children);
  for (const [name, left, top] of scrolled) container.querySelector(`[data-scroll="${name}"]`)?.scrollTo(left, top);
  if (key !== undefined) container.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
};

const MARKS = {
  pending: "·",
  ready: "○",
  waiting: "◷",
  running: "●",
  held: "!",
  paused: "‖",
  cancelling: "◌",
  succeeded: "✓",
  failed: "✗",
  skipped: "−",
  cancelled: "⊘",
  void: "∅",
};

/** A state as mark, word and colour. */
export const pill = (state) =>
  h("span", { class: `pill state-${state}` }, h("span", { "aria-hidden": "true" }, MARKS[state] ?? "·"), ` ${state}`);

/** What to show where there is nothing, or where something failed. */
export const notice = (text, kind = "") => h("p", { class: `notice ${kind}` }, text);
export const failure = (error) =>
  h("p", { class: "notice bad", role: "alert" }, error.message, error.remedy ? h("small", {}, ` ${error.remedy}`) : undefined);
