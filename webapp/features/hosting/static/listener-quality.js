import { el } from "/static/js/dom.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {{measured: number, badly: number}} Hearing */

/** How the Space sounds to those who listen, in a line. */
export class HearingLine {
  #ctx;
  #line;
  #shown = false;
  /** @type {Hearing} */
  #hearing = { measured: 0, badly: 0 };
  #off;

  /** @param {Context} ctx */
  constructor(ctx) {
    this.#ctx = ctx;
    this.#line = el("p", { className: "hearing", role: "status", hidden: true });
    ctx.slots.side.append(this.#line);
    this.#off = ctx.on("hosting.hearing", (hearing) => this.#set(hearing));
  }

  /** @param {boolean} shown whether this person runs the Space */
  show(shown) {
    if (shown && !this.#shown) this.#ask();
    this.#shown = shown;
    this.#draw();
  }

  close() {
    this.#off();
    this.#line.remove();
  }

  async #ask() {
    try {
      this.#set(await this.#ctx.request("hosting.hearing"));
    } catch {
      // Away: told with the next change.
    }
  }

  /** @param {Hearing} hearing */
  #set(hearing) {
    this.#hearing = hearing;
    this.#draw();
  }

  #draw() {
    const { measured, badly } = this.#hearing;
    const text = badly > 0 ? this.#ctx.t("hosting.hears.badly", { count: badly }) : this.#ctx.t("hosting.hears.well");
    this.#line.hidden = !this.#shown || measured === 0;
    this.#line.dataset.badly = String(badly > 0);
    // The same words again must not be said again.
    if (this.#line.textContent !== text) this.#line.textContent = text;
  }
}
