/** @typedef {import("/types.js").OnStage} OnStage */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {import("/types.js").Me} Me */

/**
 * What is known about the Space of this page. One feature fills it, the others read it.
 * Events: "stage", "tiles" (the circles are drawn), "joined" (also after every reconnection; with `me` as it was before), "talking" {id, talking}, "me", "count", "ending" {seconds}, "ended".
 */
export class Room extends EventTarget {
  /** @type {Me} */
  me = { role: "", muted: false };
  /** @type {OnStage[]} */
  stage = [];
  listeners = 0;
  /** @type {Person[]} */
  crowd = [];
  /** This page is in the Space, and the server knows it. */
  joined = false;
  /** The kinds of seat that the server had for this person when the Space was joined. @type {string[]} */
  held = [];
  /** Nothing more happens here: the Space ended, or goes on in another tab. */
  over = false;
  /** The ways around a network that lets nothing else through; new ones with each joining. @type {RTCIceServer[]} */
  ice = [];
  /** @type {Map<string, HTMLElement>} */
  #tiles = new Map();
  /** @type {Set<() => Promise<number>>} */
  #meters = new Set();

  /** @param {string} slug */
  constructor(slug) {
    super();
    this.slug = slug;
  }

  /** @param {string} event @param {(detail: any) => void} fn @returns {() => void} ends it */
  on(event, fn) {
    const handle = (/** @type {Event} */ e) => fn(/** @type {CustomEvent} */ (e).detail);
    this.addEventListener(event, handle);
    return () => this.removeEventListener(event, handle);
  }

  /** @param {string} event @param {unknown} [detail] */
  tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /** @param {OnStage[]} stage */
  setStage(stage) {
    this.stage = stage;
    this.tell("stage", stage);
  }

  /** @param {string} id @param {boolean} talking */
  setTalking(id, talking) {
    const person = this.stage.find((one) => one.id === id);
    if (!person || person.talking === talking) return;
    person.talking = talking;
    this.tell("talking", { id, talking });
  }

  /** @param {Me} me */
  setMe(me) {
    this.me = me;
    this.tell("me", me);
  }

  /** @param {number} listeners @param {Person[]} crowd */
  setCount(listeners, crowd) {
    this.listeners = listeners;
    this.crowd = crowd;
    this.tell("count", listeners);
  }

  /** @param {Me} before what was known of this page's person until now */
  join(before) {
    this.joined = true;
    this.tell("joined", before);
  }

  end() {
    this.joined = false;
    this.over = true;
    this.tell("ended");
  }

  /** @param {string} id */
  isOnStage(id) {
    return this.stage.some((person) => person.id === id);
  }

  /** @param {Map<string, HTMLElement>} tiles the circle of each person on stage */
  setTiles(tiles) {
    this.#tiles = tiles;
    this.tell("tiles");
  }

  /** @param {string} id @returns {HTMLElement | null} */
  tile(id) {
    return this.#tiles.get(id) ?? null;
  }

  /** @param {() => Promise<number>} meter level 0..1 of a sound that is heard here @returns {() => void} ends it */
  addMeter(meter) {
    this.#meters.add(meter);
    return () => this.#meters.delete(meter);
  }

  /** @returns {Promise<number>} loudest level heard now, 0..1 */
  async level() {
    return Math.max(0, ...(await Promise.all([...this.#meters].map((meter) => meter()))));
  }
}
