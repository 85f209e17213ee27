import { button, el } from "/static/js/dom.js";
import { palette } from "./emoji.js";

const SMILE = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5h.01M15 9.5h.01";

/** The button that opens a tray of emoji; what is picked goes to the whole room. */
export class Tray {
  #button;
  #tray;
  #handleOutside;

  /** @param {import("/types.js").Context} ctx @param {import("./sender.js").Sender} sender */
  constructor({ t, slots }, sender) {
    this.#button = button(t("reactions.react"), { path: SMILE, click: () => this.#toggle(this.#tray.hidden === true) });
    this.#button.setAttribute("aria-expanded", "false");
    const group = palette(t, t("reactions.tray"), (emoji) => sender.send(emoji, null));
    this.#tray = el("div", { className: "tray", hidden: true }, group);
    slots.actions.append(this.#tray, this.#button);
    this.#tray.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#handleOutside = (/** @type {PointerEvent} */ { target }) => {
      const inside = target instanceof Node && (this.#tray.contains(target) || this.#button.contains(target));
      if (!inside) this.#toggle(false);
    };
    document.addEventListener("pointerdown", this.#handleOutside);
  }

  close() {
    document.removeEventListener("pointerdown", this.#handleOutside);
    this.#tray.remove();
    this.#button.remove();
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    if (event.key !== "Escape") return;
    this.#toggle(false);
    this.#button.focus();
  }

  /** @param {boolean} open */
  #toggle(open) {
    this.#tray.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) this.#tray.querySelector("button")?.focus();
  }
}
