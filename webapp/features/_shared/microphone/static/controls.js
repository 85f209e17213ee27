import { button, el, icon } from "/static/js/dom.js";

const OPEN = "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v4";
const SHUT = "M4 4l16 16M9 9v2a3 3 0 0 0 4.5 2.6M15 11V7a3 3 0 0 0-5.7-1.3M6 11a6 6 0 0 0 9.3 5M18 11a6 6 0 0 1-.6 2.6M12 17v4";

/** Mute and Unmute, what to do when there is no microphone, and a quiet line above them. */
export class StageControls {
  #ctx;
  #acts;
  #muted = false;
  #mute;
  #trouble = el("div", { className: "mic-trouble", role: "alert", hidden: true });
  #note = el("div", { className: "mic-note", role: "status", hidden: true });

  /**
   * @param {import("/types.js").Context} ctx
   * @param {{setMuted: (muted: boolean) => void, tryAgain: () => void}} acts
   */
  constructor(ctx, acts) {
    this.#ctx = ctx;
    this.#acts = acts;
    this.#mute = button("", { look: "primary", path: OPEN, click: () => acts.setMuted(!this.#muted) });
    this.#mute.hidden = true;
    ctx.slots.actions.append(this.#trouble, this.#note, this.#mute);
  }

  /** @param {boolean} muted */
  show(muted) {
    this.#muted = muted;
    const text = this.#ctx.t(muted ? "onstage.unmute" : "onstage.mute");
    this.#mute.replaceChildren(icon(muted ? SHUT : OPEN), el("span", { textContent: text }));
    this.#mute.dataset.muted = String(muted);
    this.#mute.hidden = !this.#trouble.hidden;
  }

  hide() {
    this.showTrouble(null);
    this.showNote(null);
    this.#mute.hidden = true;
  }

  /** @param {string | null} trouble */
  showTrouble(trouble) {
    this.#trouble.hidden = trouble === null;
    this.#mute.hidden = trouble !== null;
    if (trouble === null) return this.#trouble.replaceChildren();
    const { t } = this.#ctx;
    this.#trouble.replaceChildren(
      el("p", {}, el("strong", { textContent: t(`onstage.${trouble}`) }), ` ${t(`onstage.${trouble}_do`)}`),
      button(t("onstage.try_again"), { look: "primary small", click: () => this.#acts.tryAgain() }),
    );
  }

  /** @param {string | null} text @param {...HTMLElement} answers */
  showNote(text, ...answers) {
    this.#note.hidden = text === null;
    const row = answers.length ? el("div", { className: "row" }, ...answers) : null;
    if (text === null) this.#note.replaceChildren();
    else this.#note.replaceChildren(...[el("p", { textContent: text }), row].filter((part) => part !== null));
  }

  close() {
    this.#mute.remove();
    this.#note.remove();
    this.#trouble.remove();
  }
}
