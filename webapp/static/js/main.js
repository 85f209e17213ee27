import { showWhenAway } from "/static/js/reconnecting-banner.js";
import { Connection } from "/static/js/connection.js";
import { Farewell } from "/static/js/closed-page.js";
import { Features } from "/static/js/feature-loader.js";
import { translator } from "/static/js/i18n.js";
import { attach } from "/static/js/diagnostics-log.js";
import { showAnswers } from "/static/js/report/answers.js";
import { Toasts } from "/static/js/toasts.js";

/** @typedef {import("/types.js").Boot} Boot */

const AGAIN_MS = 500;
const ATTEMPTS = 3;

/** @param {Boot & {me: import("/types.js").Person}} boot */
async function start(boot) {
  const t = translator(boot.strings, boot.language);
  const connection = new Connection(t, boot.slug);
  const room = await sharedPart(boot);
  const { me, page, language } = boot;
  showWhenAway(connection, t);
  const features = new Features(connection, { room, me, page, language, toasts: new Toasts() });
  followFeatures(features, boot, t);
  attach("told", () => features.told);
  attach("connected", () => connection.connected);
  connection.on("report.answered", ({ answers }) => showAnswers(answers));
  if (boot.recorder) (await import(boot.recorder)).record(connection);
  connection.open();
}

/**
 * What the features of this page share; null when there is nothing.
 *
 * @param {Pick<Boot, "room" | "slug">} boot
 * @param {number} [attempt]
 * @returns {Promise<import("/types.js").Context["room"]>}
 */
async function sharedPart({ room, slug }, attempt = 0) {
  if (!room) return null;
  try {
    const { Room } = await import(attempt ? `${room}?again=${attempt}` : room);
    return new Room(slug);
  } catch (error) {
    console.error(room, error);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * 2 ** Math.min(attempt, ATTEMPTS)));
    // The page may not be this person's any more: then the server says so.
    if (attempt === ATTEMPTS) location.reload();
    return sharedPart({ room, slug }, attempt + 1);
  }
}

/** @param {Features} features @param {Boot} boot @param {import("/types.js").Translate} t */
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
