import { markupOf } from "./markup.js";

/** @typedef {import("./pane.js").Pane} Pane */
/** @typedef {"features" | "modules" | "events" | "markup"} Kind */
/** @typedef {{pane: number, kind: Kind, lines: string[]}} Difference */

/** @type {Kind[]} */
export const KINDS = ["features", "modules", "events", "markup"];
const AROUND = 2;

/** What differs between what the first pane and each other one got. @param {Pane[]} panes @returns {Difference[]} */
export function differencesOf(panes) {
  const got = panes.map(gotIn);
  return panes.slice(1).flatMap((pane, index) =>
    KINDS.map((kind) => ({ pane: pane.number, kind, lines: compared(got[0][kind], got[index + 1][kind]) })).filter(
      ({ lines }) => lines.length > 0,
    ),
  );
}

/** @param {Pane} pane @returns {Record<Kind, string[]>} */
function gotIn(pane) {
  if (!pane.document) return { features: [], modules: [], events: [], markup: [] };
  return {
    features: featuresOf(pane),
    modules: modulesOf(pane),
    events: [...new Set(pane.preview?.messages.map(({ event }) => event) ?? [])].sort(),
    markup: markupOf(pane.document, pane.base),
  };
}

/** The features that the server says this person has. @param {Pane} pane */
function featuresOf(pane) {
  /** @type {Map<string, string>} */
  const having = new Map();
  for (const { event, data } of pane.preview?.messages ?? []) {
    if (event === "features") having.clear();
    for (const { key } of data?.closed ?? []) having.delete(key);
    for (const feature of data?.features ?? data?.opened ?? []) having.set(feature.key, inWords(feature));
  }
  return [...having.values()].sort();
}

/** @param {{key: string, variant: string | null, forced?: boolean}} feature */
function inWords({ key, variant, forced }) {
  return [key, variant, forced ? "(forced)" : null].filter(Boolean).join(" ");
}

/** The files of features that were loaded. @param {Pane} pane */
function modulesOf(pane) {
  const loaded = pane.window.performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const files = loaded.map((path) => path.replace(pane.base, "")).filter((path) => path.startsWith("/assets/"));
  return [...new Set(files)].sort();
}

/**
 * The lines that only one side has, marked "-" and "+", with a few around them; nothing when both are the same.
 *
 * @param {string[]} first @param {string[]} other
 */
export function compared(first, other) {
  const whole = [...walk(first, other, longest(first, other))];
  const marked = whole.flatMap((line, index) => (line.startsWith(" ") ? [] : [index]));
  return whole.filter((_, index) => marked.some((place) => Math.abs(place - index) <= AROUND));
}

/** Lengths of the longest common subsequence of what follows each pair of places. @param {string[]} a @param {string[]} b */
function longest(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

/** @param {string[]} a @param {string[]} b @param {Uint16Array[]} table */
function* walk(a, b, table) {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      yield `  ${a[i]}`;
      [i, j] = [i + 1, j + 1];
    } else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1])) {
      yield `- ${a[i++]}`;
    } else {
      yield `+ ${b[j++]}`;
    }
  }
}
