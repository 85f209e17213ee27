import { at } from "/static/js/url.js";
import { note } from "/static/js/diagnostics-log.js";
import { io } from "/static/vendor/socket.io.js";

/** @typedef {import("/types.js").Refusal} Refusal */

const ACK_MS = 8000;
const REFUSED_RETRY_MS = 2000;
/** @type {unknown[]} */
const OVER = [401, 410];

/** An answer that never came, or a request that could not be sent. @implements {Refusal} */
export class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The page's own name for itself: the same after each reconnection, another after a reload. */
function pageId() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The one socket of the page. It comes back by itself, for ever.
 *
 * Messages that arrive before anybody waits for them (a module is still on its way) are kept, the last of each
 * name, and given to the first listener.
 */
export class Connection {
  #socket;
  #t;
  /** @type {Map<string, unknown>} */
  #unheard = new Map();

  /**
   * @param {import("/types.js").Translate} t
   * @param {string} [slug] of the Space whose page this is
   */
  constructor(t, slug) {
    this.#t = t;
    this.#socket = io({
      path: at("/socket.io"),
      auth: { ...(slug && { slug }), page_id: pageId() },
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 400,
      reconnectionDelayMax: 4000,
      randomizationFactor: 0.6,
      autoConnect: false,
    });
    this.#socket.onAny((/** @type {string} */ event, /** @type {unknown} */ data) => this.#keep(event, data));
    this.#socket.on("disconnect", (/** @type {string} */ reason) => this.#handleDisconnect(reason));
    this.#socket.on("connect_error", (/** @type {Error & {description?: unknown}} */ error) => this.#handleRefused(error.message, error.description));
    window.addEventListener("online", () => this.#socket.connected || this.#renew());
  }

  open() {
    this.#socket.connect();
  }

  get connected() {
    return this.#socket.connected;
  }

  /**
   * @param {string} event
   * @param {object} [data]
   * @param {number} [patience] milliseconds after which a line that brings nothing at all is given up for a new one
   * @returns {Promise<any>} what the server answered; rejects with `Refused`
   */
  async request(event, data = {}, patience) {
    if (!this.#socket.connected) throw new Refused("away", this.#t("error.away"));
    let answer;
    try {
      if (patience) this.#probe(patience);
      answer = await this.#socket.timeout(ACK_MS).emitWithAck(event, data);
    } catch {
      note("request", `${event}: timeout`);
      throw new Refused("timeout", this.#t("error.timeout"));
    }
    if (answer?.ok) return answer.data ?? {};
    note("request", `${event}: ${answer?.error?.code ?? "unknown"}`);
    throw new Refused(answer?.error?.code ?? "unknown", answer?.error?.message ?? this.#t("error.unknown"));
  }

  /**
   * @param {string} event of the server, or "connect" and "disconnect"
   * @param {(data: any) => void} fn
   * @returns {() => void} ends it
   */
  on(event, fn) {
    this.#socket.on(event, fn);
    if (this.#unheard.has(event)) {
      const data = this.#unheard.get(event);
      this.#unheard.delete(event);
      queueMicrotask(() => fn(data));
    }
    return () => this.#socket.off(event, fn);
  }

  /** Hears every message of the server beside whoever it is for. @param {(event: string, data: any) => void} fn */
  overhear(fn) {
    this.#socket.onAny(fn);
  }

  /** @param {string} event @param {unknown} data */
  #keep(event, data) {
    if (!this.#socket.hasListeners(event)) this.#unheard.set(event, data);
  }

  /** @param {string} reason */
  #handleDisconnect(reason) {
    this.#unheard.clear();
    if (reason === "io server disconnect") this.#later();
  }

  /** @param {string} reason @param {unknown} [status] of HTTP, where the server said no before any socket */
  #handleRefused(reason, status) {
    // Signed out meanwhile: the server has a page that says so.
    if (reason === "not_signed_in" || OVER.includes(status)) location.reload();
    // When the server itself said no, socket.io stops trying.
    else if (!this.#socket.active) this.#later();
  }

  /** What nobody knows is answered at once, however long other answers take. @param {number} patience milliseconds */
  async #probe(patience) {
    const { id } = this.#socket;
    try {
      await this.#socket.timeout(patience).emitWithAck("line");
    } catch {
      if (this.#socket.id === id) this.#renew();
    }
  }

  /** Another line at once: this one leads nowhere, or the next attempt is seconds away. */
  #renew() {
    this.#socket.disconnect().connect();
  }

  #later() {
    setTimeout(() => this.#socket.connect(), REFUSED_RETRY_MS * (0.5 + Math.random()));
  }
}
