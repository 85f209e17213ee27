import { showWhenAway } from "/static/js/away.js";
import { Connection } from "/static/js/connection.js";
import { Farewell } from "/static/js/farewell.js";
import { Features } from "/static/js/features.js";
import { translator } from "/static/js/i18n.js";
import { Room } from "/static/js/room.js";
import { Toasts } from "/static/js/toasts.js";

/** @typedef {import("/static/js/types.js").Boot} Boot */

/** @param {Boot & {me: import("/static/js/types.js").Person}} boot */
function start(boot) {
  const t = translator(boot.strings, boot.language);
  const connection = new Connection(t, boot.slug);
  const room = boot.page === "space" && boot.slug ? new Room(boot.slug) : null;
  const { me, page, language } = boot;
  showWhenAway(connection, t);
  followFeatures(new Features(connection, { room, me, page, language, toasts: new Toasts() }), boot, t);
  connection.open();
}

/** @param {Features} features @param {Boot} boot @param {import("/static/js/types.js").Translate} t */
function followFeatures(features, boot, t) {
  const farewell = new Farewell(t);
  features.addEventListener("opening", () => farewell.hide());
  features.addEventListener("changed", () => {
    const main = /** @type {HTMLElement} */ (document.getElementById("main"));
    main.dataset.ready = "";
    if (boot.page !== "lobby" && features.size === 0) farewell.show();
  });
}

const boot = /** @type {Boot} */ (JSON.parse(document.getElementById("boot")?.textContent ?? "null"));
if (boot?.me) start({ ...boot, me: boot.me });
