/**
 * Brings a part of the page into the shape that the server would give it now, without taking
 * anything away from who is at work on it: what is the same stays the same element, with its focus;
 * a form that somebody has begun to fill in is theirs until they send it.
 */

/** @param {Element} field */
export function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  if (field instanceof HTMLInputElement && field.type === "hidden") return false;
  if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) return field.checked !== field.defaultChecked;
  return (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value !== field.defaultValue;
}

/** Has somebody begun to fill this form in? @param {Element} form */
const isBegun = (form) => form instanceof HTMLFormElement && [...form.elements].some(isChanged);

/** Of two lists of children, which become each other: by their key, else by kind and place. @param {Node} node */
function keyOf(node) {
  if (!(node instanceof Element)) return node.nodeName;
  const name = node.id || node.getAttribute("data-key") || node.getAttribute("data-live") || "";
  return `${node.nodeName} ${name}`;
}

/**
 * @typedef {object} Morphing
 * @property {(added: Element) => void} added told of every element that is new
 * @property {() => void} kept told when something that somebody is at work on would have changed
 */

/** @param {Element} part @param {Element} fresh @param {Morphing} morphing */
export function morph(part, fresh, morphing) {
  if (part.hasAttribute("data-own")) return;
  if (isBegun(part)) {
    if (!sameContent(part, fresh)) morphing.kept();
    return;
  }
  takeAttributes(part, fresh);
  /** @type {Map<string, ChildNode[]>} */
  const known = new Map();
  for (const child of part.childNodes) known.set(keyOf(child), [...(known.get(keyOf(child)) ?? []), child]);
  const pairs = [...fresh.childNodes].map((wanted) => ({ wanted, same: known.get(keyOf(wanted))?.shift() }));
  // First, so that nothing has to move because of what goes: whoever is moved loses the focus.
  const gone = new Set([...known.values()].flat());
  for (const child of gone) remove(child, morphing);
  /** @type {ChildNode | null} */
  let next = part.firstChild;
  for (const { wanted, same } of pairs) {
    while (next && gone.has(next)) next = next.nextSibling;
    if (!same) {
      const added = document.adoptNode(wanted);
      part.insertBefore(added, next);
      if (added instanceof Element) morphing.added(added);
      continue;
    }
    if (same === next) next = same.nextSibling;
    else part.insertBefore(same, next);
    if (same instanceof Element && wanted instanceof Element) morph(same, wanted, morphing);
    else if (same.nodeValue !== wanted.nodeValue) same.nodeValue = wanted.nodeValue;
  }
}

/** What is gone stays for as long as somebody is at work in it. @param {ChildNode} child @param {Morphing} morphing */
function remove(child, morphing) {
  const forms = child instanceof Element ? [child, ...child.querySelectorAll("form")] : [];
  if (forms.some(isBegun)) morphing.kept();
  else child.remove();
}

/** @param {Element} part @param {Element} fresh */
function takeAttributes(part, fresh) {
  // What somebody has chosen is theirs, be it in no form or in one elsewhere on the page.
  if (isChanged(part)) return;
  for (const { name } of [...part.attributes]) {
    // Whether details are open is the reader's.
    if (!fresh.hasAttribute(name) && name !== "open") part.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }
  if (part instanceof HTMLInputElement && fresh instanceof HTMLInputElement) {
    part.value = fresh.value;
    part.checked = fresh.checked;
  }
  if (part instanceof HTMLOptionElement && fresh instanceof HTMLOptionElement) part.selected = fresh.selected;
}

/** Equal but for the forms' tokens, which differ every time, and what scripts wrote themselves.
 * @param {Element} a @param {Element} b */
function sameContent(a, b) {
  const told = (/** @type {Element} */ part) => {
    const copy = /** @type {Element} */ (part.cloneNode(true));
    for (const own of copy.querySelectorAll("[data-own]")) own.replaceChildren();
    for (const token of copy.querySelectorAll('[name="csrf_token"]')) token.remove();
    return copy.innerHTML;
  };
  return told(a) === told(b);
}
