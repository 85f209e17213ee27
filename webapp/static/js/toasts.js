import { el } from "/static/js/dom.js";

const SHOWN_MS = 6000;

/** Short messages at the top of the page, and the region that a screen reader follows. */
export class Toasts {
  #stack = el("div", { className: "toasts" });
  #region = el("p", { className: "unseen", role: "status", aria: { live: "polite" } });

  constructor() {
    document.body.append(this.#stack, this.#region);
  }

  /** Shown, and said. @param {string} text */
  toast = (text) => {
    const item = el("div", { className: "toast", textContent: text });
    this.#stack.replaceChildren(item);
    setTimeout(() => item.remove(), SHOWN_MS);
    this.announce(text);
  };

  /** Said only. @param {string} text */
  announce = (text) => {
    // The same text twice is not a change, and would not be said again.
    this.#region.textContent = this.#region.textContent === text ? `${text}\u00a0` : text;
  };
}
