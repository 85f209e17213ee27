import { at } from "/static/js/url.js";
import { button, el } from "/static/js/dom.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */

const LONGEST_TITLE = 80;
const PLUS = "M12 5v14M5 12h14";

/** In the lobby: a title, and live. */
export class NewSpace {
  #ctx;
  #button;
  #dialog;
  #title;
  #go;
  #goesOn = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox" }));
  #error = el("p", { className: "error", role: "alert" });

  /** @param {Context} ctx */
  constructor(ctx) {
    const { t, slots } = ctx;
    this.#ctx = ctx;
    this.#button = button(t("hosting.new"), { look: "primary", path: PLUS, click: () => this.#show() });
    this.#title = el("input", { id: "space-title", name: "title", required: true, maxLength: LONGEST_TITLE, autocomplete: "off" });
    this.#go = el("button", { className: "button primary", textContent: t("hosting.go") });
    this.#dialog = el(
      "dialog",
      { className: "dialog", aria: { labelledby: "new-space" } },
      el(
        "form",
        { on: { submit: (/** @type {Event} */ event) => this.#handleSubmit(event) } },
        el("h2", { id: "new-space", textContent: t("hosting.new") }),
        el(
          "div",
          { className: "field" },
          el("label", { htmlFor: "space-title", textContent: t("hosting.title") }),
          this.#title,
          this.#error,
        ),
        el("label", { className: "check" }, this.#goesOn, el("span", { textContent: t("hosting.keep") })),
        el("p", { className: "soft small", textContent: t("hosting.go_more") }),
        el("a", { className: "small", href: at("/check"), textContent: t("onstage.check") }),
        el("div", { className: "row end" }, button(t("hosting.not_now"), { look: "plain", click: () => this.#dialog.close() }), this.#go),
      ),
    );
    slots.actions.append(this.#button);
    slots.main.append(this.#dialog);
  }

  close() {
    this.#dialog.close();
  }

  #show() {
    this.#error.textContent = "";
    this.#dialog.showModal();
    this.#title.focus();
  }

  /** @param {Event} event */
  async #handleSubmit(event) {
    event.preventDefault();
    if (this.#go.disabled) return;
    this.#go.disabled = true;
    try {
      const { url } = await this.#ctx.request("hosting.open", { title: this.#title.value, goes_on: this.#goesOn.checked });
      location.assign(at(url));
    } catch (refusal) {
      const { code, message } = /** @type {Refusal} */ (refusal);
      this.#error.textContent = code === "conflict" ? this.#ctx.t("hosting.one_already") : message;
    } finally {
      this.#go.disabled = false;
    }
  }
}
