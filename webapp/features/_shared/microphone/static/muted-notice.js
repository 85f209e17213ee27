import { button } from "/static/js/dom.js";
import { preferences, remember } from "./stored-preferences.js";

const SAID_MS = 4000;
const SAID_AGAIN_MS = 20000;

/** Tells a muted person who talks that nobody hears it, if they want to be told. */
export class MutedNote {
  #t;
  #show;
  #agreed;
  #timer = 0;
  #lastSaid = -Infinity;

  /**
   * @param {import("/types.js").Translate} t
   * @param {(text: string | null, ...answers: HTMLElement[]) => void} show
   * @param {() => void} agreed
   */
  constructor(t, show, agreed) {
    this.#t = t;
    this.#show = show;
    this.#agreed = agreed;
  }

  /** Once in this browser: a microphone that stays on is not for us to decide. */
  ask() {
    if (preferences().keepOpen !== null) return;
    this.#show(
      this.#t("onstage.keep_open_question"),
      button(this.#t("onstage.keep_open_yes"), { look: "small", click: () => this.#answer(true) }),
      button(this.#t("onstage.keep_open_no"), { look: "small plain", click: () => this.#answer(false) }),
    );
  }

  /** Somebody talks who is muted. */
  say() {
    if (performance.now() - this.#lastSaid < SAID_AGAIN_MS) return;
    this.#lastSaid = performance.now();
    this.#show(this.#t("onstage.talking_muted"));
    this.#timer = window.setTimeout(() => this.#show(null), SAID_MS);
  }

  /** Heard again, or off the stage. */
  clear() {
    clearTimeout(this.#timer);
    this.#lastSaid = -Infinity;
    this.#show(null);
  }

  /** @param {boolean} keepOpen */
  #answer(keepOpen) {
    remember({ keepOpen });
    this.#show(null);
    this.#agreed();
  }
}
