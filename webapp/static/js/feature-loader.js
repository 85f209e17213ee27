import { translator } from "/static/js/i18n.js";
import { ownSlots } from "/static/js/extension-slots.js";

/** @typedef {import("/types.js").FeaturePayload} FeaturePayload */
/** @typedef {import("/types.js").OpenFeature} OpenFeature */
/** @typedef {import("/types.js").Closing} Closing */
/** @typedef {import("/types.js").Context} Context */

const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 30000;

/**
 * @typedef {object} Entry a feature that this person has now
 * @property {FeaturePayload} payload
 * @property {number} attempts
 * @property {(() => void)[]} undo
 * @property {OpenFeature | null} running
 */

/** Opens and closes features as the server says, one change after the other. */
export class Features extends EventTarget {
  #shell;
  #connection;
  /** @type {Map<string, Entry>} in the order of opening */
  #entries = new Map();
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /**
   * @param {import("/static/js/connection.js").Connection} connection
   * @param {Pick<Context, "room" | "me" | "page"> & {language: string, toasts: import("/static/js/toasts.js").Toasts}} shell
   */
  constructor(connection, shell) {
    super();
    this.#connection = connection;
    this.#shell = shell;
    connection.on("features", (data) => this.#queue(() => this.#handleAll(data)));
    connection.on("features.changed", (data) => this.#queue(() => this.#handleChanges(data)));
  }

  get size() {
    return this.#entries.size;
  }

  /** What the server has told last, for reports of problems. */
  get told() {
    const features = [...this.#entries].map(([key, { payload }]) => [key, payload.variant]);
    return { features: Object.fromEntries(features) };
  }

  /** @param {() => Promise<void>} change */
  #queue(change) {
    this.#turn = this.#turn.then(change).then(
      () => void this.dispatchEvent(new Event("changed")),
      (error) => console.error("features", error),
    );
  }

  /** After every (re)connection: the whole set. @param {{features: FeaturePayload[]}} told */
  async #handleAll({ features: all }) {
    const kept = new Set(all.map((payload) => payload.key));
    const gone = [...this.#entries.keys()].filter((key) => !kept.has(key));
    await this.#apply(all, gone.map((key) => ({ key, closing: "gone" })));
  }

  /** @param {{opened: FeaturePayload[], closed: {key: string, closing: Closing}[]}} change */
  async #handleChanges({ opened = [], closed = [] }) {
    await this.#apply(opened, closed);
  }

  /** @param {FeaturePayload[]} opened @param {{key: string, closing: Closing}[]} closed */
  async #apply(opened, closed) {
    const fresh = opened.filter((payload) => !this.#isSame(payload));
    const changed = fresh.map(({ key }) => ({ key, closing: /** @type {Closing} */ ("gone") }));
    const ending = new Map([...changed, ...closed].map(({ key, closing }) => [key, closing]));
    for (const key of [...this.#entries.keys()].reverse()) {
      const closing = ending.get(key);
      if (closing) this.#close(key, closing);
    }
    const modules = fresh.map((payload) => this.#load(payload, 0));
    if (fresh.length) this.dispatchEvent(new Event("opening"));
    for (const [index, payload] of fresh.entries()) this.#open(payload, await modules[index]);
  }

  /** @param {FeaturePayload} payload */
  #isSame({ key, variant }) {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.payload.variant === variant;
  }

  /**
   * @param {FeaturePayload} payload
   * @param {number} attempt
   * @returns {Promise<{open(ctx: Context): OpenFeature} | null>} null when it could not be loaded
   */
  async #load(payload, attempt) {
    // A browser may remember that an address failed, so the next attempt has another one.
    const mark = attempt ? `${payload.module.includes("?") ? "&" : "?"}again=${attempt}` : "";
    const styles = this.#addStyles(payload.styles);
    try {
      const [module] = await Promise.all([import(payload.module + mark), styles]);
      return module;
    } catch (error) {
      console.error(payload.key, error);
      return null;
    }
  }

  /** @param {FeaturePayload} payload @param {{open(ctx: Context): OpenFeature} | null} module */
  #open(payload, module) {
    /** @type {Entry} */
    const entry = { payload, attempts: 0, undo: [], running: null };
    this.#entries.set(payload.key, entry);
    entry.undo.push(() => this.#removeStyles(payload.styles));
    this.#run(entry, module);
  }

  /** @param {Entry} entry @param {{open(ctx: Context): OpenFeature} | null} module */
  #run(entry, module) {
    if (!module) return this.#retry(entry);
    try {
      entry.running = module.open(this.#context(entry));
    } catch (error) {
      console.error(entry.payload.key, error);
    }
  }

  /** @param {Entry} entry */
  #retry(entry) {
    const wait = Math.min(RETRY_FIRST_MS * 2 ** entry.attempts, RETRY_MAX_MS);
    entry.attempts += 1;
    const timer = setTimeout(async () => {
      const module = await this.#load(entry.payload, entry.attempts);
      if (this.#has(entry)) this.#run(entry, module);
    }, wait);
    entry.undo.push(() => clearTimeout(timer));
  }

  /** @param {string} key @param {Closing} closing */
  #close(key, closing) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    for (const step of [() => entry.running?.close(closing), ...entry.undo.reverse()]) {
      try {
        step();
      } catch (error) {
        console.error(key, error);
      }
    }
  }

  /** @param {Entry} entry */
  #has(entry) {
    return this.#entries.get(entry.payload.key) === entry;
  }

  /** @param {Entry} entry @returns {Context} */
  #context(entry) {
    const { key, variant, strings } = entry.payload;
    const { slots, clear } = ownSlots(key);
    const { language, toasts, ...shell } = this.#shell;
    entry.undo.push(clear, () => toasts.forget(key));
    return {
      ...shell,
      key,
      variant,
      slots,
      t: translator(strings, language),
      // An answer may come when its feature has closed: then there is nothing to say any more.
      toast: (text) => this.#has(entry) && toasts.toast(text, key),
      announce: (text) => this.#has(entry) && toasts.announce(text, key),
      request: (event, data, patience) => this.#connection.request(event, data, patience),
      on: (event, fn) => {
        const off = this.#connection.on(event, fn);
        entry.undo.push(off);
        return off;
      },
    };
  }

  /** @param {string[]} styles @returns {Promise<unknown>} when they can be seen, or failed */
  #addStyles(styles) {
    return Promise.all(styles.filter((href) => !findStyle(href)).map(addStyle));
  }

  /** @param {string[]} styles */
  #removeStyles(styles) {
    const used = new Set([...this.#entries.values()].flatMap((entry) => entry.payload.styles));
    for (const href of styles) if (!used.has(href)) findStyle(href)?.remove();
  }
}

/** @param {string} href @returns {HTMLLinkElement | null} */
function findStyle(href) {
  return document.querySelector(`link[rel="stylesheet"][href="${CSS.escape(href)}"]`);
}

/** @param {string} href @returns {Promise<void>} */
function addStyle(href) {
  return new Promise((resolve) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href, onload: () => resolve(), onerror: () => resolve() });
    document.head.append(link);
  });
}
