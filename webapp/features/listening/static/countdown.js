import { el } from "/static/js/dom.js";

const SAID_AT = 10;

/** The banner that counts the seconds until a Space ends. */
export class Countdown {
  #ctx;
  #banner;
  #timer = 0;
  #until = 0;

  /** @param {import("/types.js").Context} ctx */
  constructor(ctx) {
    this.#ctx = ctx;
    this.#banner = el("p", { className: "ending numbers", hidden: true });
    ctx.slots.header.prepend(this.#banner);
  }

  /** @param {number | null} seconds null takes it away */
  show(seconds) {
    clearInterval(this.#timer);
    this.#banner.hidden = seconds === null;
    if (seconds === null) return;
    this.#until = performance.now() + seconds * 1000;
    this.#timer = window.setInterval(() => this.#draw(), 1000);
    this.#ctx.announce(this.#draw());
  }

  #draw() {
    const count = Math.max(0, Math.round((this.#until - performance.now()) / 1000));
    const text = this.#ctx.t("listening.ending", { seconds: count });
    this.#banner.textContent = text;
    if (count === SAID_AT) this.#ctx.announce(text);
    return text;
  }
}
