import { translator } from "/static/js/i18n.js";
import { Toasts } from "/static/js/toasts.js";
import { prepareAnswers, showAnswers } from "./answers.js";
import { ReportDialog } from "./dialog.js";
import { Outbox } from "./outbox.js";

/**
 * @typedef {object} Start
 * @property {string} person
 * @property {string} address
 * @property {string} version
 * @property {string} language
 * @property {Record<string, string>} strings
 * @property {import("./answers.js").Answer[]} answers
 */

/** @param {Start} start */
function begin({ person, address, version, language, strings, answers }) {
  const t = translator(strings, language);
  const outbox = new Outbox(person, address, () => new Toasts().toast(t("report.sent_later")));
  /** @type {ReportDialog | null} */
  let dialog = null;
  const opener = /** @type {HTMLButtonElement} */ (document.getElementById("report-open"));
  opener.addEventListener("click", () => (dialog ??= new ReportDialog(t, outbox, version)).show());
  opener.hidden = false;
  prepareAnswers({ t, address });
  showAnswers(answers);
}

begin(JSON.parse(document.getElementById("report-start")?.textContent ?? "null"));
