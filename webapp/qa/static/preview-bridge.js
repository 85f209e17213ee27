// Only on the pages of somebody in a preview: what QA's workbench reads, and how it hears them one at a time.

import { attached } from "/static/js/diagnostics-log.js";

const MOST_MESSAGES = 500;

/** @typedef {{at: number, event: string, data: unknown}} Message */

/** @type {Message[]} */
const messages = [];
/** @type {Set<WeakRef<HTMLMediaElement>>} */
const playing = new Set();
/** Side by side in a frame, only one is heard. */
let audible = /** @type {HTMLElement | null} */ (window.frameElement)?.dataset.audible !== "false";

/** @param {HTMLMediaElement} element */
function obey(element) {
  element.volume = audible ? 1 : 0;
}

const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  playing.add(new WeakRef(this));
  obey(this);
  return play.call(this);
};

/** Lets this page be heard, or not; its sound goes on all the same. @param {boolean} heard */
function setAudible(heard) {
  audible = heard;
  for (const one of playing) {
    const element = one.deref();
    if (element) obey(element);
    else playing.delete(one);
  }
}

/** This page as a picture, as far as a canvas can draw it. @returns {Promise<HTMLCanvasElement>} */
async function picture() {
  const { domToCanvas } = await import("/static/vendor/modern-screenshot.js");
  return domToCanvas(document.documentElement, {
    width: innerWidth,
    height: innerHeight,
    scale: 1,
    backgroundColor: backgroundOf(document.body) ?? backgroundOf(document.documentElement),
    // Looking for fonts itself, the library would write styles into a page, which pages of ours do not allow.
    font: { cssText: await typeface() },
  });
}

/** @param {HTMLElement} element @returns {string | null} null where one sees what is behind it */
function backgroundOf(element) {
  const colour = getComputedStyle(element).backgroundColor;
  return colour === "rgba(0, 0, 0, 0)" ? null : colour;
}

/** The product's typeface, with its file inside. */
async function typeface() {
  const file = await (await fetch("/static/vendor/figtree.woff2")).blob();
  const address = await new Promise((resolve, reject) => {
    const reader = Object.assign(new FileReader(), { onerror: reject });
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(file);
  });
  return `@font-face { font-family: "Figtree"; src: url("${address}") format("woff2"); font-weight: 300 900; }`;
}

/** How sound arrives that comes by HLS; null when none does. @returns {object | null} */
function stream() {
  return attached("stream") ?? null;
}

/** Keeps what the server sends from now on. @param {import("/static/js/connection.js").Connection} connection */
export function record(connection) {
  connection.overhear((event, data) => {
    messages.push({ at: performance.now(), event, data });
    if (messages.length > MOST_MESSAGES) messages.shift();
  });
}

Object.assign(window, { preview: { messages, setAudible, picture, stream } });
