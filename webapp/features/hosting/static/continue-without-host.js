import { el } from "/static/js/dom.js";

/** What becomes of the Space when its host loses the connection. */
export class KeepGoing {
  #box;
  #label;

  /** @param {import("/types.js").Context} ctx @param {(goesOn: boolean) => void} choose */
  constructor({ t, slots }, choose) {
    this.#box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
    this.#box.addEventListener("change", () => choose(this.#box.checked));
    this.#label = el("label", { className: "check keep-going", hidden: true }, this.#box, el("span", { textContent: t("hosting.keep") }));
    slots.side.append(this.#label);
  }

  /** @param {boolean} shown */
  show(shown) {
    this.#label.hidden = !shown;
  }

  /** @param {boolean} goesOn */
  set(goesOn) {
    this.#box.checked = goesOn;
  }

  close() {
    this.#label.remove();
  }
}
