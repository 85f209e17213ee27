const PREFIX = "soundcheck.intents.";
/** Longer than any Space that somebody comes back to. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** @type {Map<string, Intents>} */
const known = new Map();

/**
 * What a person last asked for in a Space, kept in this browser until it is taken back or the server has it. It
 * outlives a reload, a closed tab and a lost connection.
 *
 * @param {string} slug
 * @param {string} personId
 * @returns {Intents}
 */
export function intentsOf(slug, personId) {
  const key = `${PREFIX}${slug}.${personId}`;
  const intents = known.get(key) ?? new Intents(key);
  known.set(key, intents);
  return intents;
}

/** Event: "change". */
class Intents extends EventTarget {
  #key;
  /** @type {Set<string>} */
  #names;

  /** @param {string} key */
  constructor(key) {
    super();
    this.#key = key;
    removeExpired();
    this.#names = new Set(read(key));
  }

  /** @param {string} name */
  has(name) {
    return this.#names.has(name);
  }

  /** @param {string} name @param {boolean} [there] */
  set(name, there = true) {
    if (this.#names.has(name) === there) return;
    if (there) this.#names.add(name);
    else this.#names.delete(name);
    write(this.#key, [...this.#names]);
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} key @returns {string[]} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null")?.names ?? [];
  } catch {
    return [];
  }
}

/** @param {string} key @param {string[]} names */
function write(key, names) {
  try {
    if (names.length) localStorage.setItem(key, JSON.stringify({ names, at: Date.now() }));
    else localStorage.removeItem(key);
  } catch {
    // Good for as long as this page is open.
  }
}

function removeExpired() {
  try {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(PREFIX))) {
      const { at } = JSON.parse(localStorage.getItem(key) ?? "{}");
      if (!(Date.now() - at < MAX_AGE_MS)) localStorage.removeItem(key);
    }
  } catch {
    // Storage is off, or the entry is no entry of ours.
  }
}
