import { el } from "/static/js/dom.js";

/** @typedef {import("/types.js").Translate} Translate */
/** @typedef {import("./collect.js").Content} Content */

/**
 * What a report takes along, to be read by whoever sends it: first in words, then exactly.
 *
 * @param {Content} content
 * @param {Translate} t
 * @returns {HTMLElement[]}
 */
export function described(content, t) {
  const { browser } = content;
  const none = t("report.none");
  const features = Object.entries(content.told?.features ?? {}).map(([key, variant]) => (variant ? `${key} (${variant})` : key));
  const devices = content.devices.map(({ kind, count, names }) => `${t(`report.device.${kind}`, { count })}${names.length ? `: ${names.join(", ")}` : ""}`);
  const rows = [
    ["page", content.page],
    ["time", new Date(content.at).toLocaleString()],
    ["version", content.version],
    ["features", features.join(", ") || none],
    ["browser", browser.agent],
    ["window", `${browser.width} × ${browser.height}, ${browser.language}`],
    ["devices", devices.join("; ") || none],
    ["errors", content.errors.map(({ text }) => text).join("; ") || none],
    ["sound", sound(content.sound, t)],
  ];
  const list = el("dl", { className: "report-list small" }, ...rows.flatMap(([name, text]) => [el("dt", { textContent: t(`report.part.${name}`) }), el("dd", { textContent: text })]));
  const exact = el("pre", { className: "small", tabIndex: 0, textContent: JSON.stringify({ ...content, at: undefined }, null, 1) });
  exact.setAttribute("role", "region");
  exact.setAttribute("aria-label", t("report.exact"));
  return [list, el("details", {}, el("summary", { textContent: t("report.exact") }), exact)];
}

/** @param {any[]} seconds @param {Translate} t */
function sound(seconds, t) {
  if (seconds.length === 0) return t("report.none");
  const mean = (/** @type {string} */ name) => seconds.reduce((sum, one) => sum + (one[name] ?? 0), 0) / seconds.length;
  return t("report.sound", { seconds: seconds.length, missing: (100 * mean("concealed")).toFixed(1), buffer: Math.round(mean("buffer")) });
}
