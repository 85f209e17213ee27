import { button, el } from "/static/js/dom.js";

/** The button that ends a Space, and its one question. */
export class EndSpace {
  #button;
  #dialog;

  /** @param {import("/types.js").Context} ctx @param {() => void} end */
  constructor({ t, slots }, end) {
    this.#button = button(t("hosting.end"), { click: () => this.#dialog.showModal() });
    const close = () => this.#dialog.close();
    const sure = button(t("hosting.end_sure"), {
      look: "danger",
      click: () => {
        close();
        end();
      },
    });
    this.#dialog = el(
      "dialog",
      { className: "dialog", aria: { labelledby: "end-space" } },
      el(
        "div",
        { className: "dialog-body" },
        el("h2", { id: "end-space", textContent: t("hosting.end_question") }),
        el("p", { className: "soft", textContent: t("hosting.end_more") }),
        el("div", { className: "row end" }, button(t("hosting.end_not"), { look: "plain", click: close }), sure),
      ),
    );
    slots.actions.append(this.#button);
    slots.below.append(this.#dialog);
  }

  /** @param {boolean} shown */
  show(shown) {
    this.#button.hidden = !shown;
  }

  close() {
    this.#dialog.close();
    this.#dialog.remove();
    this.#button.remove();
  }
}
