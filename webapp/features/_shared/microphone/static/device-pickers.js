import { el } from "/static/js/dom.js";
import { canChooseOutput, chooseOutput, chosenOutput } from "/static/js/audio-output.js";
import { devices } from "./devices.js";
import { preferences, PROCESSING, remember } from "./stored-preferences.js";

/** @typedef {import("/types.js").Translate} Translate */

const TEXTS = {
  echoCancellation: "onstage.echo",
  noiseSuppression: "onstage.noise",
  autoGainControl: "onstage.gain",
};

/** Which microphone, which output, and what the browser does to a voice. Chosen once, remembered in this browser. */
export class Choices {
  #t;
  #changed;
  #failed;
  #microphones = el("select", { id: "choose-microphone", on: { change: () => this.#handleMicrophone() } });
  #outputs = el("select", { id: "choose-output", on: { change: () => this.#handleOutput() } });
  #outputField;
  #handleDevices = () => void this.refresh();
  element;

  /**
   * @param {Translate} t
   * @param {{changed: () => void, failed: (text: string) => void}} on what the page does about it
   */
  constructor(t, { changed, failed }) {
    this.#t = t;
    this.#changed = changed;
    this.#failed = failed;
    this.#outputField = field(t("onstage.output"), this.#outputs);
    this.element = el(
      "div",
      { className: "choices" },
      field(t("onstage.microphone"), this.#microphones),
      el(
        "fieldset",
        {},
        el("legend", { textContent: t("onstage.processing") }),
        ...PROCESSING.map((name) => this.#toggle(name, t(TEXTS[name]))),
      ),
      this.#toggle("keepOpen", t("onstage.keep_open"), t("onstage.keep_open_more")),
      this.#outputField,
    );
    navigator.mediaDevices?.addEventListener("devicechange", this.#handleDevices);
  }

  /** Asks the browser what there is. To be called again when a microphone was allowed: names are known from then on. */
  async refresh() {
    const [microphones, outputs] = await Promise.all([devices("audioinput"), devices("audiooutput")]);
    const { microphone, name } = preferences();
    this.#fill(this.#microphones, microphones, microphone, name, "onstage.microphone_usual");
    this.#fill(this.#outputs, outputs, chosenOutput(), "", "onstage.output_usual");
    this.#outputField.hidden = !canChooseOutput || outputs.length === 0;
    for (const box of this.element.querySelectorAll("input")) {
      box.checked = Boolean(preferences()[/** @type {"keepOpen"} */ (box.name)]);
    }
  }

  close() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#handleDevices);
    this.element.remove();
  }

  /**
   * @param {HTMLSelectElement} select
   * @param {import("./devices.js").Device[]} found
   * @param {string} chosen
   * @param {string} name of the chosen one, which may not be there now
   * @param {string} usual
   */
  #fill(select, found, chosen, name, usual) {
    const named = found.filter((one) => one.id && one.name);
    const away = chosen && name && !named.some(({ id }) => id === chosen);
    const options = [
      el("option", { value: "", textContent: this.#t(usual) }),
      ...named.map((one) => el("option", { value: one.id, textContent: one.name })),
      away ? el("option", { value: chosen, textContent: this.#t("onstage.not_there", { name }) }) : null,
    ];
    select.replaceChildren(...options.filter((option) => option !== null));
    select.value = chosen;
    if (select.selectedIndex < 0) select.value = "";
  }

  #handleMicrophone() {
    const { value, selectedOptions } = this.#microphones;
    remember({ microphone: value, name: value ? selectedOptions[0].text : "" });
    this.#changed();
  }

  async #handleOutput() {
    try {
      await chooseOutput(this.#outputs.value);
    } catch {
      this.#failed(this.#t("onstage.output_failed"));
    }
  }

  /**
   * @param {typeof PROCESSING[number] | "keepOpen"} name
   * @param {string} text
   * @param {string} [more]
   */
  #toggle(name, text, more) {
    const change = (/** @type {Event} */ event) => {
      remember({ [name]: /** @type {HTMLInputElement} */ (event.target).checked });
      this.#changed();
    };
    const box = el("input", { type: "checkbox", name, checked: Boolean(preferences()[name]), on: { change } });
    const hint = more ? el("span", { className: "hint small soft", textContent: more }) : null;
    return el("label", { className: "toggle" }, box, el("span", {}, text, hint));
  }
}

/** @param {string} text @param {HTMLSelectElement} select */
function field(text, select) {
  return el("div", { className: "field" }, el("label", { htmlFor: select.id, textContent: text }), select);
}
