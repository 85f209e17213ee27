import { button, el } from "/static/js/dom.js";
import { collect } from "./collect.js";
import { described } from "./summary.js";

/** @typedef {import("/types.js").Translate} Translate */
/** @typedef {import("./collect.js").Content} Content */

const LONGEST = 4000;

/** Asks what happened, shows what goes along, and sends it. What is written stays until it is sent. */
export class ReportDialog {
  #t;
  #outbox;
  #version;
  #text;
  #sent = el("div", { className: "report-parts" });
  #error = el("p", { className: "error", role: "alert" });
  #send;
  #form;
  #end = el("div", { className: "dialog-body", hidden: true });
  #dialog;
  /** @type {Content | null} */
  #content = null;

  /** @param {Translate} t @param {import("./outbox.js").Outbox} outbox @param {string} version */
  constructor(t, outbox, version) {
    this.#t = t;
    this.#outbox = outbox;
    this.#version = version;
    this.#text = el("textarea", { id: "report-text", rows: 5, maxLength: LONGEST, required: true, aria: { describedby: "report-hint" } });
    this.#send = el("button", { className: "button primary", textContent: t("report.send") });
    this.#form = this.#makeForm();
    this.#dialog = el("dialog", { className: "dialog report", aria: { labelledby: "report-title" } }, this.#form, this.#end);
    document.body.append(this.#dialog);
  }

  /** Takes down how things are now, and asks. */
  async show() {
    this.#content = null;
    this.#error.textContent = "";
    this.#form.hidden = false;
    this.#end.hidden = true;
    this.#dialog.showModal();
    this.#text.focus();
    this.#content = await collect(this.#version);
    this.#sent.replaceChildren(...described(this.#content, this.#t));
  }

  #makeForm() {
    const t = this.#t;
    return el(
      "form",
      { noValidate: true, on: { submit: (/** @type {Event} */ event) => this.#handleSubmit(event) } },
      el("h2", { id: "report-title", textContent: t("report.open") }),
      el(
        "div",
        { className: "field" },
        el("label", { htmlFor: "report-text", textContent: t("report.what") }),
        this.#text,
        el("p", { id: "report-hint", className: "hint", textContent: t("report.hint") }),
        this.#error,
      ),
      el(
        "details",
        {},
        el("summary", { textContent: t("report.sent") }),
        el("p", { className: "soft small", textContent: t("report.sent_more") }),
        this.#sent,
      ),
      el("div", { className: "row end" }, button(t("report.cancel"), { look: "plain", click: () => this.#dialog.close() }), this.#send),
    );
  }

  /** @param {Event} event */
  async #handleSubmit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    this.#error.textContent = text ? "" : this.#t("report.empty");
    if (!text || !this.#content || this.#send.disabled) return this.#text.focus();
    this.#send.disabled = true;
    const { outcome, message } = await this.#outbox.send({ ...this.#content, text });
    this.#send.disabled = false;
    if (outcome === "refused") this.#error.textContent = message || this.#t("report.refused");
    else this.#finish(outcome);
  }

  /** @param {"sent" | "kept"} outcome */
  #finish(outcome) {
    const t = this.#t;
    this.#text.value = "";
    this.#form.hidden = true;
    const title = el("h2", { tabIndex: -1, textContent: t(outcome === "sent" ? "report.thanks" : "report.kept") });
    this.#end.replaceChildren(
      title,
      el("p", { className: "soft", textContent: t(`report.${outcome === "sent" ? "thanks" : "kept"}_more`) }),
      el("div", { className: "row end" }, button(t("report.close"), { look: "primary", click: () => this.#dialog.close() })),
    );
    this.#end.hidden = false;
    title.focus();
  }
}
