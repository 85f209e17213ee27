import { button, el, icon } from "/static/js/dom.js";
import { Choices } from "./device-pickers.js";
import { Meter } from "./meter.js";

const SLIDERS = "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5";

/** Behind a button of the dock: a person's own sound, changed while they are heard. */
export class SoundSettings {
  #ctx;
  #on;
  #button;
  /** While it is open. @type {{dialog: HTMLDialogElement, meter: Meter, choices: Choices} | null} */
  #shown = null;

  /**
   * @param {import("/types.js").Context} ctx
   * @param {{changed: () => void, watched: () => void}} on another wish, and the level being looked at or not
   */
  constructor(ctx, on) {
    const { t, slots } = ctx;
    this.#ctx = ctx;
    this.#on = on;
    this.#button = el(
      "button",
      { type: "button", className: "button sound-settings", title: t("onstage.settings"), hidden: true, on: { click: () => this.#show() } },
      icon(SLIDERS),
      el("span", { className: "unseen", textContent: t("onstage.settings") }),
    );
    slots.actions.append(this.#button);
  }

  /** Only who is on stage has anything to set. @param {boolean} onStage */
  set offered(onStage) {
    this.#button.hidden = !onStage;
    if (!onStage) this.#shown?.dialog.close();
  }

  /** Whether anybody looks at the level. */
  get watched() {
    return this.#shown !== null;
  }

  /** @param {number} level 0..1 @param {boolean} talking */
  showLevel(level, talking) {
    this.#shown?.meter.show(level, talking);
  }

  /** Another microphone, or none. */
  handleTrack() {
    this.#shown?.meter.quiet();
    this.#shown?.choices.refresh();
  }

  close() {
    this.#shown?.dialog.close();
    this.#button.remove();
  }

  #show() {
    const { t, toast } = this.#ctx;
    const meter = new Meter(t);
    const choices = new Choices(t, { changed: this.#on.changed, failed: toast });
    const done = button(t("onstage.done"), { look: "primary", click: () => dialog.close() });
    const title = el("h2", { id: "sound-settings", textContent: t("onstage.settings") });
    const body = el("div", { className: "dialog-body" }, title, meter.element, choices.element, el("div", { className: "row end" }, done));
    const dialog = el("dialog", { className: "dialog", aria: { labelledby: title.id }, on: { close: () => this.#hide() } }, body);
    this.#shown = { dialog, meter, choices };
    document.body.append(dialog);
    dialog.showModal();
    choices.refresh();
    this.#on.watched();
  }

  #hide() {
    this.#shown?.choices.close();
    this.#shown?.dialog.remove();
    this.#shown = null;
    this.#on.watched();
  }
}
