import { el } from "/static/js/dom.js";

/**
 * A feature's own part of every place on the page, made when first used, so that nothing of it stays behind.
 *
 * @param {string} name
 * @returns {{slots: Record<string, HTMLElement>, clear: () => void}}
 */
export function ownSlots(name) {
  /** @type {Map<string, HTMLElement>} */
  const parts = new Map();
  const slots = new Proxy(/** @type {Record<string, HTMLElement>} */ ({}), {
    get: (_, slot) => parts.get(String(slot)) ?? make(String(slot)),
  });

  /** @param {string} slot */
  function make(slot) {
    const part = el("div", { className: "slot-part", data: { part: name } });
    document.querySelector(`[data-slot="${CSS.escape(slot)}"]`)?.append(part);
    parts.set(slot, part);
    return part;
  }

  return { slots, clear: () => parts.forEach((part) => part.remove()) };
}
