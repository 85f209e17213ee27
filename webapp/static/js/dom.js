/**
 * An element with properties and children. `data` and `aria` are maps, `on` a map of listeners, other names are
 * properties of the element, or attributes where it has no such property.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { data = {}, aria = {}, on = {}, ...rest } = props;
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(aria)) node.setAttribute(`aria-${name}`, String(value));
  for (const [name, fn] of Object.entries(on)) node.addEventListener(name, fn);
  for (const [name, value] of Object.entries(rest)) {
    if (name in node) Reflect.set(node, name, value);
    else node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * A line drawing of 24 x 24, hidden from screen readers: the text beside it says what it means.
 *
 * @param {string} path the `d` of one SVG path
 */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * @param {string} text its accessible name
 * @param {{look?: string, path?: string, click: (event: MouseEvent) => void, label?: string}} options
 */
export function button(text, { look = "", path, click, label }) {
  const node = el("button", { type: "button", className: `button ${look}`.trim(), on: { click } });
  if (label) node.setAttribute("aria-label", label);
  if (path) node.append(icon(path));
  node.append(el("span", { textContent: text }));
  return node;
}
