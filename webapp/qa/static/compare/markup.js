const LEFT_OUT = "script, link, style, template, .preview-banner, .away, .toasts, .unseen[role='status']";
/** Differ from moment to moment, and from person to person. */
const VOLATILE = ["style", "csrf_token", "value", "nonce", "data-ready", "data-level", "data-tone"];
const MOST_LINES = 600;
const LONGEST = 300;

/** A page in lines, indented, without what is different each time. @param {Document} page @param {string} base */
export function markupOf(page, base) {
  /** @type {string[]} */
  const lines = [];
  for (const child of page.body?.children ?? []) write(child, 0, lines, base);
  return lines.slice(0, MOST_LINES).map((line) => line.slice(0, LONGEST));
}

/** @param {Element} element @param {number} depth @param {string[]} lines @param {string} base */
function write(element, depth, lines, base) {
  if (element.matches(LEFT_OUT)) return;
  const indent = "  ".repeat(depth);
  lines.push(`${indent}<${[element.localName, ...attributes(element, base)].join(" ")}>`);
  if (element.localName === "svg") return;
  for (const child of element.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE) write(/** @type {Element} */ (child), depth + 1, lines, base);
    const text = child.nodeType === Node.TEXT_NODE ? child.nodeValue?.trim() : "";
    if (text) lines.push(`${indent}  ${text.replace(/\s+/g, " ")}`);
  }
}

/** @param {Element} element @param {string} base */
function attributes(element, base) {
  return [...element.attributes]
    .filter(({ name }) => !VOLATILE.includes(name))
    .map(({ name, value }) => (value ? `${name}="${base ? value.replaceAll(base, "") : value}"` : name))
    .sort();
}
