import { nextAttempt } from "/static/js/delivery-policy.js";

/** @typedef {import("/types.js").Refusal} Refusal */

/**
 * A request that is repeated until the server has answered it: after a refusal that may pass, after an answer that
 * never came, and after each join. The last one sent counts; an answer to an earlier one is ignored.
 */
export class Delivery {
  #request;
  #event;
  #on;
  /** Content of the request under way; null when there is none. @type {object | null} */
  #content = null;
  #attempts = 0;
  /** Tells apart the answers of one attempt and of another. */
  #current = 0;
  #timer = 0;

  /**
   * @param {(event: string, data?: object) => Promise<any>} request
   * @param {string} event
   * @param {{delivered: (answer: any) => void, refused: (refusal: Refusal) => void, delayed?: (refusal: Refusal) => void}} on
   *   `refused`: for good. `delayed`: the first attempt failed, others follow.
   */
  constructor(request, event, on) {
    this.#request = request;
    this.#event = event;
    this.#on = on;
  }

  /** Whether there is a request that the server has not answered yet. */
  get pending() {
    return this.#content !== null;
  }

  /** Sends this content, in the place of any that is under way. @param {object} [content] */
  send(content = {}) {
    this.#content = content;
    this.#attempts = 0;
    this.#attempt();
  }

  /** To be called after each join: what was sent before it may be lost. */
  resume() {
    if (this.pending) this.#attempt();
  }

  /** Nothing is repeated any more, and no answer counts. */
  cancel() {
    this.#content = null;
    this.#current += 1;
    clearTimeout(this.#timer);
  }

  async #attempt() {
    clearTimeout(this.#timer);
    const current = (this.#current += 1);
    this.#attempts += 1;
    try {
      const answer = await this.#request(this.#event, this.#content ?? {});
      if (current !== this.#current) return;
      this.#content = null;
      this.#on.delivered(answer);
    } catch (refusal) {
      if (current === this.#current) this.#handleRefusal(/** @type {Refusal} */ (refusal));
    }
  }

  /** @param {Refusal} refusal */
  #handleRefusal(refusal) {
    const next = nextAttempt(refusal.code, this.#attempts);
    if (next.retry === "never") {
      this.#content = null;
      return this.#on.refused(refusal);
    }
    if (next.retry === "later") this.#timer = window.setTimeout(() => this.resume(), next.ms);
    if (this.#attempts === 1) this.#on.delayed?.(refusal);
  }
}
