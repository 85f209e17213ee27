/**
 * Draws the table of decisions as lines, and keeps both as things stand. The table stays the truth:
 * without this module, and for whoever does not see, it says the same.
 */

const FRESH_MS = 5000;
const WIDE = 720;
const HIGH = 220;
const ROOM = { left: 52, right: 12, top: 10, bottom: 26 };
const LINES = 4;
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{times: string[], series: number[][]}} Counts oldest first; one list for each series */

/** @param {ParentNode} section @returns {Counts} */
export function readTable(section) {
  const rows = [...section.querySelectorAll("tbody tr")].reverse();
  const numbers = rows.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.textContent)));
  const times = rows.map((row) => row.querySelector("time")?.textContent?.replace(" UTC", "") ?? "");
  return { times, series: (numbers[0] ?? []).map((_, at) => numbers.map((row) => row[at] ?? 0)) };
}

/** A round number that no count exceeds, at least as many as there are lines. @param {number} most */
export function ceiling(most) {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const round = [1, 2, 4, 8, 10].map((n) => n * size).find((n) => n >= most) ?? most;
  return Math.max(LINES, round);
}

/** @param {string} name @param {Record<string, string|number>} attributes @param {string} [text] */
function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** @param {Counts} counts @param {string} name @returns {SVGElement} */
export function draw(counts, name) {
  const svg = shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": name });
  const top = ceiling(Math.max(0, ...counts.series.flat()));
  const x = (/** @type {number} */ at) =>
    ROOM.left + (at * (WIDE - ROOM.left - ROOM.right)) / Math.max(1, counts.times.length - 1);
  const y = (/** @type {number} */ count) => HIGH - ROOM.bottom - (count * (HIGH - ROOM.top - ROOM.bottom)) / top;
  for (let line = 0; line <= LINES; line++) {
    const count = (top * line) / LINES;
    svg.append(shape("line", { class: "grid", x1: ROOM.left, x2: WIDE - ROOM.right, y1: y(count), y2: y(count) }));
    svg.append(shape("text", { x: ROOM.left - 8, y: y(count) + 4, "text-anchor": "end" }, `${count}`));
  }
  const last = counts.times.length - 1;
  for (const at of new Set([0, Math.round(last / 2), last])) {
    const anchor = at === 0 ? "start" : at === last ? "end" : "middle";
    svg.append(shape("text", { x: x(at), y: HIGH - 6, "text-anchor": anchor }, counts.times[at] ?? ""));
  }
  counts.series.forEach((numbers, number) => {
    const points = numbers.map((count, at) => `${x(at).toFixed(1)},${y(count).toFixed(1)}`).join(" ");
    svg.append(shape("polyline", { class: "counts", "data-series": number, points }));
  });
  return svg;
}

/** @param {Element} section */
function show(section) {
  const figure = section.querySelector("figure");
  if (!figure) return;
  const words = [...section.querySelectorAll(".legend li")].map((item) => item.textContent?.replace(/\s+/g, " ").trim());
  const name = `${section.getAttribute("data-chart") ?? ""}: ${words.join(", ")}`;
  figure.replaceChildren(draw(readTable(section), name));
  figure.hidden = false;
}

/** @param {Element} section */
async function renew(section) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`chart: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("[data-chart] [data-now]")];
  section.querySelectorAll("[data-now]").forEach((part, at) => {
    const next = fresh[at];
    if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...document.adoptNode(next).childNodes);
  });
  show(section);
}

/** @param {Element} section */
async function follow(section) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, FRESH_MS));
    if (document.hidden) continue;
    // The server restarts or the network is gone: the next look tells.
    await renew(section).catch((error) => console.debug("chart: not renewed", error));
  }
}

const section = document.querySelector("[data-chart]");
if (section) {
  show(section);
  void follow(section);
}
