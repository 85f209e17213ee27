import { el } from "/static/js/dom.js";
import { palette } from "./emoji.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

const HOLD_MS = 400;
const MARGIN_PX = 12;

/** A long press or a key on somebody's circle opens the emoji there; what is picked sits on that person. */
export class Tapback {
  #ctx;
  #room;
  #sender;
  #hint;
  /** @type {Map<string, HTMLButtonElement>} */
  #targets = new Map();
  /** @type {HTMLElement | null} */
  #open = null;
  #hold = 0;
  #off;

  /** @param {Context} ctx @param {Room} room @param {import("./sender.js").Sender} sender */
  constructor(ctx, room, sender) {
    this.#ctx = ctx;
    this.#room = room;
    this.#sender = sender;
    this.#hint = el("p", { className: "tapback-hint soft small", textContent: ctx.t("reactions.hint"), hidden: true });
    ctx.slots.stage.append(this.#hint);
    const outside = (/** @type {Event} */ event) => this.#handleOutside(event);
    document.addEventListener("pointerdown", outside);
    this.#off = [room.on("tiles", () => this.#mark()), () => document.removeEventListener("pointerdown", outside)];
    this.#mark();
  }

  close() {
    clearTimeout(this.#hold);
    this.#off.forEach((step) => step());
    this.#hide();
    this.#targets.forEach((target) => target.remove());
    this.#hint.remove();
  }

  /** Every circle but one's own can be pressed. */
  #mark() {
    const others = this.#room.stage.filter((person) => person.id !== this.#ctx.me.id);
    const ids = new Set(others.map((person) => person.id));
    for (const [id, target] of this.#targets) {
      if (ids.has(id)) continue;
      target.remove();
      this.#targets.delete(id);
    }
    others.forEach((person) => this.#markOne(person));
    this.#hint.hidden = others.length === 0;
  }

  /** @param {Person} person */
  #markOne(person) {
    const circle = this.#room.tile(person.id);
    if (!circle) return;
    const target = this.#targets.get(person.id) ?? this.#target(person);
    this.#targets.set(person.id, target);
    if (target.parentNode !== circle) circle.append(target);
  }

  /** @param {Person} person */
  #target(person) {
    const target = el("button", {
      type: "button",
      className: "tapback-target",
      aria: { label: this.#ctx.t("reactions.to", { name: person.name }), haspopup: "true" },
    });
    const show = () => this.#show(person, target);
    target.addEventListener("pointerdown", () => (this.#hold = window.setTimeout(show, HOLD_MS)));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) target.addEventListener(end, () => clearTimeout(this.#hold));
    target.addEventListener("contextmenu", (event) => event.preventDefault());
    // A key or a screen reader presses without a pointer.
    target.addEventListener("click", (event) => event.detail === 0 && show());
    return target;
  }

  /** @param {Person} person @param {HTMLButtonElement} target */
  #show(person, target) {
    this.#hide();
    const group = palette(this.#ctx.t, this.#ctx.t("reactions.to", { name: person.name }), (emoji) => {
      this.#hide();
      target.focus();
      this.#sender.send(emoji, person.id);
    });
    group.classList.add("at");
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.#hide();
      target.focus();
    });
    this.#ctx.slots.below.append(group);
    this.#open = group;
    placeAbove(group, target.getBoundingClientRect());
    group.querySelector("button")?.focus();
  }

  #hide() {
    this.#open?.remove();
    this.#open = null;
  }

  /** @param {Event} event */
  #handleOutside({ target }) {
    if (target instanceof Node && !this.#open?.contains(target)) this.#hide();
  }
}

/** Over the circle, and always wholly on the screen. @param {HTMLElement} node @param {DOMRect} circle */
function placeAbove(node, circle) {
  const { width, height } = node.getBoundingClientRect();
  const left = circle.left + circle.width / 2 - width / 2;
  node.style.left = `${Math.max(MARGIN_PX, Math.min(left, innerWidth - width - MARGIN_PX))}px`;
  node.style.top = `${Math.max(MARGIN_PX, circle.top - height - MARGIN_PX)}px`;
}
