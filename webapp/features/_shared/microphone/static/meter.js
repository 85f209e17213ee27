import { el } from "/static/js/dom.js";

const BARS = 16;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** How loud a microphone is: a row of bars, and in words; only the words where motion is unwelcome. */
export class Meter {
  #t;
  #bars = el("span", { className: "meter-bars", aria: { hidden: true } }, ...Array.from({ length: BARS }, () => el("i")));
  #word = el("span", { className: "small soft" });
  #heard = false;
  element = el("div", { className: "meter" }, this.#bars, this.#word);

  /** @param {import("/types.js").Translate} t */
  constructor(t) {
    this.#t = t;
    this.quiet();
  }

  /** @param {number} level 0..1 @param {boolean} talking */
  show(level, talking) {
    const lit = stillness.matches ? 0 : Math.round(level * BARS);
    [...this.#bars.children].forEach((bar, index) => bar.classList.toggle("lit", index < lit));
    if (talking !== this.#heard) this.#say(talking);
  }

  /** No microphone is open. */
  quiet() {
    this.show(0, false);
    this.#say(false);
  }

  /** @param {boolean} heard */
  #say(heard) {
    this.#heard = heard;
    this.#word.textContent = this.#t(heard ? "onstage.level_voice" : "onstage.level_quiet");
    this.element.dataset.heard = String(heard);
  }
}
