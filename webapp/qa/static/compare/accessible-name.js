const CONTROLS = "button, a[href], summary, input, select, textarea, [role='button'], [role='link'], [role='menuitem'], [role='tab']";
/** @type {Record<string, string>} */
const ROLES = { A: "link", BUTTON: "button", SUMMARY: "button", SELECT: "combobox", TEXTAREA: "textbox" };
/** @type {Record<string, string>} */
const INPUTS = { checkbox: "checkbox", radio: "radio", range: "slider", button: "button", submit: "button" };

/** The control that an event happened in. @param {EventTarget | null} target @returns {HTMLElement | null} */
export function controlOf(target) {
  const element = /** @type {Element | null} */ (target);
  return element?.closest ? element.closest(CONTROLS) : null;
}

/** @param {Element} element */
export function roleOf(element) {
  const given = element.getAttribute("role");
  if (given) return given;
  if (element.tagName === "INPUT") return INPUTS[/** @type {HTMLInputElement} */ (element).type] ?? "textbox";
  return ROLES[element.tagName] ?? "";
}

/** What a control is called, as a screen reader says it. @param {Element} element @returns {string} */
export function nameOf(element) {
  const label = element.getAttribute("aria-label");
  if (label) return tidy(label);
  const by = element.getAttribute("aria-labelledby");
  if (by) return tidy(by.split(/\s+/).map((id) => textOf(element.ownerDocument.getElementById(id))).join(" "));
  const labels = /** @type {HTMLInputElement} */ (element).labels;
  if (labels?.length) return tidy([...labels].map(textOf).join(" "));
  return tidy(textOf(element) || element.getAttribute("title") || "");
}

/**
 * The control of the same role and name on another page, if it is there and can be seen.
 *
 * @param {Document} page @param {string} role @param {string} name
 * @returns {HTMLElement | null}
 */
export function find(page, role, name) {
  const controls = /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(CONTROLS));
  return [...controls].find((one) => roleOf(one) === role && one.checkVisibility() && nameOf(one) === name) ?? null;
}

/** @param {Node | null} node @returns {string} */
function textOf(node) {
  if (!node) return "";
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue ?? "";
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const element = /** @type {HTMLElement} */ (node);
  if (element.hidden || element.getAttribute("aria-hidden") === "true") return "";
  return [...element.childNodes].map(textOf).join(" ");
}

/** @param {string} text */
function tidy(text) {
  return text.replace(/\s+/g, " ").trim();
}
