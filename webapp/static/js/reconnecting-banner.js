import { el } from "/static/js/dom.js";

const PATIENCE_MS = 700;

/**
 * A quiet line while the connection is away; short breaks are not worth a word.
 *
 * @param {import("/static/js/connection.js").Connection} connection
 * @param {import("/types.js").Translate} t
 */
export function showWhenAway(connection, t) {
  const line = el("p", { className: "away", role: "status", hidden: true });
  document.body.append(line);
  let timer = 0;
  const show = () => {
    line.textContent = t("shell.away");
    line.hidden = false;
  };
  connection.on("disconnect", () => {
    clearTimeout(timer);
    timer = window.setTimeout(show, PATIENCE_MS);
  });
  connection.on("connect", () => {
    clearTimeout(timer);
    line.hidden = true;
    line.textContent = "";
  });
}
