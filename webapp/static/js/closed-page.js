import { at } from "/static/js/url.js";
import { el } from "/static/js/dom.js";

/** When nothing on a page is open for this person any more, it says so kindly; when something opens again, it is back. */
export class Farewell {
  #main = /** @type {HTMLElement} */ (document.getElementById("main"));
  #title = document.title;
  /** @type {Node[] | null} what stood there before */
  #kept = null;
  #t;

  /** @param {import("/types.js").Translate} t */
  constructor(t) {
    this.#t = t;
  }

  show() {
    if (this.#kept) return;
    this.#kept = [...this.#main.childNodes];
    document.title = "Soundcheck";
    this.#main.replaceChildren(this.#message());
    this.#main.focus();
  }

  /** Must be called before features draw again. */
  hide() {
    if (!this.#kept) return;
    this.#main.replaceChildren(...this.#kept);
    document.title = this.#title;
    this.#kept = null;
  }

  #message() {
    return el(
      "div",
      { className: "farewell" },
      el("h1", { textContent: this.#t("shell.closed") }),
      el("p", { className: "soft", textContent: this.#t("shell.closed_more") }),
      el("a", { className: "button primary", href: at("/"), textContent: this.#t("shell.to_lobby") }),
    );
  }
}
