import { el } from "/static/js/dom.js";

const SHOWN_MS = 6000;

/** Short messages at the top of the page, and the region that a screen reader follows. */
export class Toasts {
  #stack = el("div", { className: "toasts" });
  #region = el("p", { className: "unseen", role: "status", aria: { live: "polite" } });
  #toastBy = "";
  #saidBy = "";

  constructor() {
    document.body.append(this.#stack, this.#region);
  }

  /** Shown, and said. @param {string} text @param {string} [by] the feature that says it */
  toast(text, by = "") {
    const item = el("div", { className: "toast", textContent: text });
    this.#toastBy = by;
    this.#stack.replaceChildren(item);
    setTimeout(() => item.remove(), SHOWN_MS);
    this.announce(text, by);
  }

  /** Said only. @param {string} text @param {string} [by] */
  announce(text, by = "") {
    this.#saidBy = by;
    // The same text twice is not a change, and would not be said again.
    this.#region.textContent = this.#region.textContent === text ? `${text}\u00a0` : text;
  }

  /** Nothing that a closed feature has said stays on the page. @param {string} by */
  forget(by) {
    if (this.#toastBy === by) this.#stack.replaceChildren();
    if (this.#saidBy === by) this.#region.textContent = "";
  }
}
