import { el } from "/static/js/dom.js";

/** @typedef {import("/assets/listening/space-state.js").Room} Room */
/** @typedef {import("./sender.js").Item} Item */

const MOST = 28;
const STAYS_MS = 2600;

/** Reactions rising over the page, or sitting on the circle of whom they are for. */
export class Floats {
  #room;
  #layer = el("div", { className: "floats", aria: { hidden: "true" } });
  /** @type {Set<HTMLElement>} */
  #shown = new Set();

  /** @param {import("/types.js").Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#room = room;
    ctx.slots.below.append(this.#layer);
  }

  /** @param {Item} item @param {boolean} own */
  add(item, own) {
    if (this.#shown.size >= MOST && !own) return;
    const circle = item.to ? this.#room.tile(item.to) : null;
    const node = draw(item, own, circle !== null);
    this.#shown.add(node);
    (circle ?? this.#layer).append(node);
    setTimeout(() => this.#remove(node), STAYS_MS);
  }

  close() {
    this.#shown.forEach((node) => node.remove());
    this.#shown.clear();
    this.#layer.remove();
  }

  /** @param {HTMLElement} node */
  #remove(node) {
    this.#shown.delete(node);
    node.remove();
  }
}

/** @param {Item} item @param {boolean} own @param {boolean} sits */
function draw({ emoji, count }, own, sits) {
  const node = el("span", { className: sits ? "float sits" : "float", aria: { hidden: "true" }, data: { own: String(own) } }, emoji);
  if (count > 1) node.append(el("span", { className: "float-count numbers", textContent: `×${count}` }));
  node.style.setProperty("--at", Math.random().toFixed(2));
  return node;
}
