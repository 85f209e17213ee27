import { attached, recentTroubles, withoutSecrets } from "/static/js/diagnostics-log.js";

/** @typedef {{kind: string, count: number, names: string[]}} Device */

const KINDS = ["audioinput", "audiooutput", "videoinput"];
const LONGEST_AGENT = 400;
const LONGEST_NAME = 100;

/**
 * All that a report takes along, as things are now. What is not in here is not sent.
 *
 * @param {string} version of the app that made this page
 */
export async function collect(version) {
  const now = Date.now();
  return {
    id: newId(),
    at: now,
    page: withoutSecrets(location.pathname).slice(0, 200),
    slug: bootOf().slug ?? null,
    version,
    told: attached("told") ?? null,
    browser: browser(),
    devices: await devices(),
    errors: recentTroubles().map(({ kind, text, at }) => ({ kind, text, ago: seconds(now - at) })),
    sound: (attached("sound") ?? []).map((/** @type {any} */ { at, score: _, ...rest }) => ({ ...rest, t: Math.min(120, seconds(now - at)) })),
  };
}

/** @typedef {Awaited<ReturnType<typeof collect>>} Content */

/** @param {number} milliseconds */
const seconds = (milliseconds) => Math.max(0, Math.round(milliseconds / 1000));

/** @returns {{slug?: string | null}} */
function bootOf() {
  return JSON.parse(document.getElementById("boot")?.textContent ?? "{}");
}

// crypto.randomUUID is missing on pages that came without TLS.
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function browser() {
  const matches = (/** @type {string} */ query) => matchMedia(query).matches;
  return {
    agent: navigator.userAgent.slice(0, LONGEST_AGENT),
    width: innerWidth,
    height: innerHeight,
    scale: Number(devicePixelRatio.toFixed(2)),
    language: navigator.language.slice(0, 20),
    dark: matches("(prefers-color-scheme: dark)"),
    still: matches("(prefers-reduced-motion: reduce)"),
    online: navigator.onLine,
    connected: attached("connected") ?? null,
    network: String(Reflect.get(navigator, "connection")?.effectiveType ?? "").slice(0, 20),
  };
}

/** By kind: how many; their names only where the browser has been allowed to tell. @returns {Promise<Device[]>} */
async function devices() {
  /** @type {MediaDeviceInfo[]} */
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return KINDS.map((kind) => {
    const same = all.filter((one) => one.kind === kind);
    const names = same.map(({ label }) => label.slice(0, LONGEST_NAME)).filter(Boolean);
    return { kind, count: same.length, names: names.slice(0, 20) };
  }).filter(({ count }) => count > 0);
}
