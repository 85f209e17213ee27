import { button, el } from "/static/js/dom.js";
import { post } from "./post.js";

/** @typedef {{id: string, text: string, note: string, read: string}} Answer `read`: where to tell that it was seen */
/** @typedef {{t: import("/types.js").Translate, address: string}} Ways */

/** @type {HTMLElement | null} */
let place = null;
/** @type {Set<string>} */
const shown = new Set();
/** @type {Ways | null} */
let ways = null;

/** @param {Ways} given */
export function prepareAnswers(given) {
  ways = given;
  place = el("div", { className: "answers", role: "status" });
  document.getElementById("main")?.before(place);
}

/** Shows what QA answered, and tells the server that it was seen: the next page does not show it again. @param {Answer[]} answers */
export function showAnswers(answers) {
  for (const answer of answers) {
    if (!ways || !place || shown.has(answer.id)) continue;
    shown.add(answer.id);
    place.append(card(answer, ways.t));
    // Not heard: then it is shown once more.
    post(ways.address, answer.read).catch(() => {});
  }
}

/** @param {Answer} answer @param {import("/types.js").Translate} t */
function card({ text, note }, t) {
  const node = el(
    "div",
    { className: "answer" },
    el("h2", { textContent: t("report.answer") }),
    el("p", { className: "soft small", textContent: t("report.you_wrote", { text }) }),
    el("p", { className: "answer-note", textContent: note }),
    button(t("report.got_it"), { look: "small", click: () => node.remove() }),
  );
  return node;
}
