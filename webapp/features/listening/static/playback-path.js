import { Late } from "./hls-player.js";
import { Seat } from "./webrtc-player.js";

/** @typedef {import("/types.js").Context} Context */

const AGAIN_MS = 1000;

/** The server has no seat for us now, but an address. */
class Elsewhere extends Error {
  /** @param {string} address */
  constructor(address) {
    super("there is no room");
    this.address = address;
  }
}

/**
 * How this page hears: a seat, or, where there is no room for one, a stream that is a few seconds late. The server says
 * which, and asks over. To whoever uses it, it is one seat. Events: those of `Seat`, and "late" when that has changed.
 */
export class Ways extends EventTarget {
  #seat;
  #late = new Late();
  #request;
  /** The server may have forgotten our address: it is to be asked, while what plays goes on. */
  #stale = false;
  /** Until there is something at our address. @type {Promise<void>} */
  #opening = Promise.resolve();
  #played = () => {};

  /** @param {Pick<Context, "request" | "room">} ctx */
  constructor({ request, room }) {
    super();
    this.#request = request;
    this.#seat = new Seat({ request: (event, data, patience) => this.#ask(event, data, patience), room });
    this.#seat.addEventListener("state", () => this.dispatchEvent(new Event("state")));
    this.#seat.addEventListener("broken", () => !this.late && this.#break());
    this.#late.addEventListener("broken", () => setTimeout(() => this.#break(), AGAIN_MS));
  }

  /** What is heard is late. */
  get late() {
    return this.#late.playing;
  }

  /** Of what is late. */
  get position() {
    return this.#late.position;
  }

  /** There is an address, and nobody has asked for its sound: unlike a seat, it does not begin by itself. */
  get waits() {
    return this.#late.address !== null && !this.late;
  }

  /** Sound is expected. @param {boolean} expected */
  set sounding(expected) {
    this.#seat.sounding = expected;
  }

  get state() {
    if (this.#seat.state !== "cold") return this.#seat.state;
    return this.#late.address && !this.#stale ? "warm" : "cold";
  }

  /** @param {string[]} held the kinds of place that the server has for us */
  recheck(held) {
    this.#seat.recheck(held.includes("listen"));
    this.#stale = this.#late.address !== null && !held.includes("late");
  }

  /** Rejects with `Refused`. */
  async warm() {
    if (this.#late.address && !this.#stale) return this.#opening;
    try {
      await this.#seat.warm();
    } catch (error) {
      if (!(error instanceof Elsewhere)) throw error;
      this.#stale = false;
      this.#opening = this.#late.open(error.address);
      await this.#opening;
    }
  }

  /** As of `Seat`; whichever way it will be is unlocked. */
  unlock() {
    this.#late.unlock();
    const seat = this.#seat.unlock();
    const played = new Promise((done) => (this.#played = () => done(null)));
    return this.late ? Promise.resolve() : Promise.race([seat, played]);
  }

  /** Rejects with `Refused`. */
  async start() {
    const { address } = this.#late;
    await this.warm();
    if (!this.#late.address) return this.#seat.start();
    await this.#request("listening.start");
    // What plays by the address that we still have needs no beginning.
    if (!this.late || address !== this.#late.address) await this.#late.play();
    this.#played();
    this.dispatchEvent(new Event("late"));
  }

  /** There is room for a seat: what is late goes on until it is connected. */
  async comeOver() {
    await this.#seat.warm().catch(() => {});
  }

  /** The seat is connected. */
  arrived() {
    if (this.#late.address) this.#dropLate();
  }

  hush() {
    this.#seat.hush();
    if (this.late) this.#dropLate();
  }

  drop() {
    this.#seat.drop();
    if (this.#late.address) this.#dropLate();
  }

  /** Level of what is heard, 0..1. @returns {Promise<number>} */
  level() {
    return this.#seat.level();
  }

  #dropLate() {
    this.#late.drop();
    this.dispatchEvent(new Event("late"));
  }

  #break() {
    this.dispatchEvent(new Event("late"));
    this.dispatchEvent(new Event("broken"));
  }

  /** @param {string} event @param {object} [data] @param {number} [patience] */
  async #ask(event, data, patience) {
    const answer = await this.#request(event, data, patience);
    if (answer?.address) throw new Elsewhere(answer.address);
    return answer;
  }
}
