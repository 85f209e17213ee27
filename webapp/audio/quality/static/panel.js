import { el } from "/static/js/dom.js";
import { translator } from "/static/js/i18n.js";
import { attached } from "/static/js/diagnostics-log.js";

/** @typedef {import("/types.js").Translate} Translate */
/** @typedef {Record<string, any>} Second one second of sound, see stats-sampler.js of listening */

const DRAW_MS = 1000;
const MINUTE = 60;
const WIDE = 240;
const HIGH = 44;
const OPEN = "soundcheck.panel";
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{name: string, top: number, bottom?: number, digits?: number, read: (second: Second) => number | null | undefined}} Measure */

/** @type {Measure[]} */
const MEASURES = [
  { name: "score", top: 4.5, bottom: 1, digits: 2, read: ({ score }) => score },
  { name: "missing", top: 10, digits: 1, read: ({ concealed }) => 100 * concealed },
  { name: "lost", top: 10, digits: 1, read: ({ lost, received }) => (lost + received > 0 ? (100 * lost) / (lost + received) : 0) },
  { name: "buffer", top: 200, read: ({ buffer }) => buffer },
  { name: "rtt", top: 200, read: ({ rtt }) => rtt },
  { name: "delay", top: 300, read: ({ buffer, rtt }) => (buffer === null || rtt === null ? null : buffer + rtt / 2) },
  { name: "jitter", top: 50, digits: 1, read: ({ jitter }) => jitter },
  { name: "kbps", top: 64, read: ({ kbps }) => kbps },
  { name: "sent_loss", top: 10, digits: 1, read: ({ sent_loss: lost }) => (lost === null ? null : 100 * lost) },
];

/**
 * Shows how the sound of this page is, as long as the page is there.
 *
 * @param {HTMLElement} place
 * @param {Translate} t
 */
function show(place, t) {
  const facts = el("dl", { className: "sound-facts small" });
  const nothing = el("p", { className: "soft small", textContent: t("panel.nothing") });
  const charts = MEASURES.map((measure) => new Chart(measure, t));
  const grid = el("div", { className: "sound-charts" }, ...charts.map(({ node }) => node));
  const panel = el("details", { className: "sound-panel", open: sessionStorage.getItem(OPEN) === "yes" }, el("summary", { textContent: t("panel.name") }), nothing, facts, grid);
  panel.addEventListener("toggle", () => sessionStorage.setItem(OPEN, panel.open ? "yes" : "no"));
  place.append(panel);
  const draw = () => {
    /** @type {Second[]} */
    const minute = attached("sound") ?? [];
    const last = minute[minute.length - 1];
    nothing.hidden = last !== undefined;
    facts.hidden = grid.hidden = last === undefined;
    if (!panel.open || !last) return;
    facts.replaceChildren(
      ...fact(t("panel.path"), t(`panel.path.${last.path}`)),
      ...fact(t("panel.codec"), last.codec || "–"),
      ...fact(t("panel.route"), [last.route, last.protocol].filter(Boolean).join(" / ") || "–"),
    );
    for (const chart of charts) chart.draw(minute);
  };
  panel.addEventListener("toggle", draw);
  setInterval(draw, DRAW_MS);
  draw();
}

/** @param {string} name @param {string} text */
function fact(name, text) {
  return [el("dt", { textContent: name }), el("dd", { textContent: text })];
}

/** One measure over the last minute, with its value now. */
class Chart {
  #measure;
  #t;
  #now = el("strong", { className: "numbers" });
  #drawing = document.createElementNS(SVG, "svg");
  node;

  /** @param {Measure} measure @param {Translate} t */
  constructor(measure, t) {
    this.#measure = measure;
    this.#t = t;
    this.#drawing.setAttribute("viewBox", `0 -2 ${WIDE} ${HIGH + 4}`);
    this.#drawing.setAttribute("role", "img");
    const name = el("span", { textContent: t(`panel.${measure.name}`) });
    this.node = el("figure", { hidden: true }, el("figcaption", { className: "small" }, name, this.#now), this.#drawing);
  }

  /** @param {Second[]} minute */
  draw(minute) {
    const { name, top, bottom = 0, digits = 0, read } = this.#measure;
    const end = minute[minute.length - 1].at;
    const points = minute.flatMap((second) => {
      const value = read(second);
      return typeof value === "number" ? [{ ago: (end - second.at) / 1000, value }] : [];
    });
    this.node.hidden = points.length === 0;
    if (points.length === 0) return;
    const values = points.map(({ value }) => value);
    const high = Math.max(...values);
    const ceiling = Math.max(top, high);
    const path = points.map(({ ago, value }) => `${(WIDE * (1 - Math.min(ago, MINUTE) / MINUTE)).toFixed(1)},${(HIGH * (1 - (value - bottom) / (ceiling - bottom))).toFixed(1)}`);
    const line = document.createElementNS(SVG, "polyline");
    line.setAttribute("points", path.join(" "));
    this.#drawing.replaceChildren(line);
    const words = { name: this.#t(`panel.${name}`), low: Math.min(...values).toFixed(digits), high: high.toFixed(digits) };
    this.#drawing.setAttribute("aria-label", this.#t("panel.chart", words));
    this.#now.textContent = values[values.length - 1].toFixed(digits);
  }
}

const { strings, language } = JSON.parse(document.getElementById("panel-start")?.textContent ?? "null");
show(/** @type {HTMLElement} */ (document.querySelector('[data-slot="below"]')), translator(strings, language));
