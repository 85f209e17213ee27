/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {{emoji: string, count: number, to: string | null}} Item */

/** Sends one's own reactions: shown at once, and not a second time when they come back with everybody's. */
export class Sender {
  #ctx;
  #floats;
  /** @type {Map<string, number>} own ones that are still to come back */
  #own = new Map();

  /** @param {import("/types.js").Context} ctx @param {import("./floating-emoji.js").Floats} floats */
  constructor(ctx, floats) {
    this.#ctx = ctx;
    this.#floats = floats;
    ctx.on("reactions.frame", ({ items }) => items.forEach((/** @type {Item} */ item) => this.#handleItem(item)));
    ctx.on("disconnect", () => this.#own.clear());
  }

  /** @param {string} emoji @param {string | null} to somebody on stage, or the whole room */
  async send(emoji, to) {
    this.#count(emoji, to, 1);
    this.#floats.add({ emoji, count: 1, to }, true);
    try {
      await this.#ctx.request("reactions.send", to ? { emoji, to } : { emoji });
    } catch (refusal) {
      this.#count(emoji, to, -1);
      const { code, message } = /** @type {Refusal} */ (refusal);
      if (code !== "too_many") this.#ctx.toast(message);
    }
  }

  /** @param {Item} item */
  #handleItem({ emoji, count, to }) {
    const own = Math.min(count, this.#own.get(`${emoji}${to}`) ?? 0);
    this.#count(emoji, to, -own);
    if (count > own) this.#floats.add({ emoji, count: count - own, to }, false);
  }

  /** @param {string} emoji @param {string | null} to @param {number} change */
  #count(emoji, to, change) {
    const key = `${emoji}${to}`;
    this.#own.set(key, Math.max(0, (this.#own.get(key) ?? 0) + change));
  }
}
