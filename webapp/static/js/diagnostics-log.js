/**
 * What a report of a problem takes along: what went wrong in this page lately, and what other parts of it put here.
 * Nothing leaves the browser from here.
 */

/** @typedef {{kind: "script" | "promise" | "file" | "request", text: string, at: number}} Trouble */

const KEPT = 20;
const LONGEST = 300;

/** @type {Trouble[]} newest last */
const troubles = [];
/** @type {Map<string, () => any>} */
const parts = new Map();

/**
 * Something went wrong. The same thing again and again is kept once, with its last time.
 *
 * @param {Trouble["kind"]} kind
 * @param {string} text
 */
export function note(kind, text) {
  const tidy = withoutSecrets(text).slice(0, LONGEST);
  const before = troubles.findIndex((one) => one.kind === kind && one.text === tidy);
  if (before >= 0) troubles.splice(before, 1);
  troubles.push({ kind, text: tidy, at: Date.now() });
  troubles.splice(0, troubles.length - KEPT);
}

/** @returns {readonly Trouble[]} */
export function recentTroubles() {
  return troubles;
}

/**
 * Puts something where reports, and whoever looks at this page, find it until the result is called.
 *
 * @param {string} name
 * @param {() => any} read
 */
export function attach(name, read) {
  parts.set(name, read);
  return () => {
    if (parts.get(name) === read) parts.delete(name);
  };
}

/** @param {string} name @returns {any} undefined where nobody has put anything */
export function attached(name) {
  return parts.get(name)?.();
}

/** Addresses without what lets somebody in, and without the machine. @param {string} text */
export function withoutSecrets(text) {
  return text
    .replace(/\b((?:https?|wss?):\/\/)[^/\s"'?#]+/gi, "$1…")
    .replace(/(\/(?:i|sign-in)\/)[^\s"'?#]+/g, "$1…")
    .replace(/\/[0-9a-f]{32}\b/g, "/…")
    .replace(/([^\s?#]\/[^\s"'?#]*[?#])[^\s"')]+/g, "$1…");
}

/** @param {unknown} error */
function told(error) {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

addEventListener(
  "error",
  (event) => {
    const { target } = event;
    if (event instanceof ErrorEvent) note("script", `${event.message} (${event.filename}:${event.lineno})`);
    else if (target instanceof HTMLScriptElement || target instanceof HTMLImageElement) note("file", target.src);
    else if (target instanceof HTMLLinkElement) note("file", target.href);
  },
  true,
);
addEventListener("unhandledrejection", ({ reason }) => note("promise", told(reason)));
