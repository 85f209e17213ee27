import { openPeers } from "/static/js/peer-registry.js";
import { attach } from "/static/js/diagnostics-log.js";
import { batch, sample, streamSample, totals } from "./stats-sampler.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("./space-state.js").Room} Room */
/** @typedef {import("./stats-sampler.js").Sample} Sample */
/** @typedef {import("./stats-sampler.js").Totals} Totals */
/** @typedef {{late: boolean, position: import("./hls-player.js").Position}} Stream */

const LOOK_MS = 1000;
const KEPT = 60;
const BATCH = 5;

/**
 * Measures the sound of this page once a second, keeps the last minute, and tells the server every few seconds how it
 * was. Whatever connection carries the sound now is the one that counts.
 */
export class Stats {
  #ctx;
  #room;
  /** @type {Sample[]} newest last */
  #minute = [];
  /** @type {Sample[]} */
  #untold = [];
  /** @type {WeakMap<RTCPeerConnection, Totals>} */
  #before = new WeakMap();
  #hearing = false;
  #heardBefore = false;
  #stream;
  /** @type {{at: number, played: number, ahead: number} | null} */
  #streamBefore = null;
  // Those who came together must not all tell at the same moment.
  #due = 1 + Math.floor(Math.random() * BATCH);
  #timer;
  #off;

  /** @param {Context} ctx @param {Room} room @param {Stream} stream what is heard when no connection carries it */
  constructor(ctx, room, stream) {
    this.#ctx = ctx;
    this.#stream = stream;
    this.#room = room;
    this.#off = [
      room.on("hearing", (hearing) => (this.#hearing = hearing)),
      attach("sound", () => this.#minute),
      attach("stream", () => (stream.late ? stream.position : null)),
    ];
    this.#timer = window.setInterval(() => this.#look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#off.forEach((step) => step());
  }

  async #look() {
    const seconds = await Promise.all(openPeers().map((peer) => this.#measure(peer)));
    const wanted = this.#hearing || this.#room.isOnStage(this.#ctx.me.id);
    const late = this.#measureStream();
    const [best] = late ? [late] : seconds.filter((one) => one !== null).sort((a, b) => b.received - a.received);
    // The first second of a sound is half a second, and says nothing.
    if (wanted && best && this.#heardBefore) this.#keep(best);
    this.#heardBefore = wanted && (this.#heardBefore || (best !== undefined && best.concealed < 1));
  }

  /** @returns {Sample | null} null when nothing is late, and the first time */
  #measureStream() {
    const before = this.#streamBefore;
    this.#streamBefore = this.#stream.late ? { at: Date.now(), ...this.#stream.position } : null;
    return before && this.#streamBefore && streamSample(before, this.#streamBefore);
  }

  /** @param {RTCPeerConnection} peer @returns {Promise<Sample | null>} null the first time */
  async #measure(peer) {
    const now = totals(await peer.getStats(), Date.now());
    const before = this.#before.get(peer);
    this.#before.set(peer, now);
    return before ? sample(before, now) : null;
  }

  /** @param {Sample} second */
  #keep(second) {
    this.#minute.push(second);
    this.#minute.splice(0, this.#minute.length - KEPT);
    this.#untold.push(second);
    if (this.#untold.length < this.#due) return;
    this.#due = BATCH;
    const told = this.#untold.filter((one) => one.path === second.path);
    this.#untold = [];
    this.#tell(told);
  }

  /** @param {Sample[]} seconds */
  async #tell(seconds) {
    if (!this.#room.joined) return;
    try {
      const { score } = await this.#ctx.request("listening.stats", batch(seconds));
      for (const second of seconds) second.score = score;
    } catch {
      // Away, or closed: it was a measurement, and the next one comes.
    }
  }
}
