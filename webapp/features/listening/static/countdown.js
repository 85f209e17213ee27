import { el } from "/static/js/dom.js";

const SAID_AT = 10;

/** The banner that counts the seconds until a Space ends. */
export class Countdown {
  #ctx;
  #banner;
  #timer = 0;
  #until = 0;
  #text = "";

  /** @param {import("/types.js").Context} ctx */
  constructor(ctx) {
    this.#ctx = ctx;
    this.#banner = el("p", { className: "ending numbers", hidden: true });
    ctx.slots.header.prepend(this.#banner);
  }

  /** @param {number | null} seconds null: it is called off @param {boolean} [away] because nobody leads the Space */
  show(seconds, away = false) {
    this.#text = away ? "listening.ending_away" : "listening.ending";
    const ran = !this.#banner.hidden;
    this.close();
    if (seconds === null) {
      if (ran) this.#ctx.announce(this.#ctx.t("listening.goes_on"));
      return;
    }
    this.#banner.hidden = false;
    this.#until = performance.now() + seconds * 1000;
    this.#timer = window.setInterval(() => this.#draw(), 1000);
    this.#ctx.announce(this.#draw());
  }

  close() {
    clearInterval(this.#timer);
    this.#banner.hidden = true;
  }

  #draw() {
    const count = Math.max(0, Math.round((this.#until - performance.now()) / 1000));
    const text = this.#ctx.t(this.#text, { seconds: count });
    this.#banner.textContent = text;
    if (count === SAID_AT) this.#ctx.announce(text);
    return text;
  }
}
