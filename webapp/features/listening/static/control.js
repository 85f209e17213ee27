import { button } from "/static/js/dom.js";
import { tellFirstSound } from "./first-sound.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/room.js").Room} Room */
/** @typedef {import("./ways.js").Ways} Seat */

const NEAR = ["pointermove", "pointerdown", "focusin", "keydown", "visibilitychange"];
const WARM_AGAIN_MS = 5000;
const START_AGAIN_MS = 2000;
const AGAIN = ["timeout", "try_again", "seat_gone"];
/** The page itself says so in a moment. */
const SAID_ELSEWHERE = ["unknown_event", "not_in_space", "space_ended"];

/** The button that starts and stops listening, and the wish behind it, which outlives lost connections. */
export class ListenControl {
  #ctx;
  #room;
  #seat;
  #button;
  /** What the person wants, and what the browser allowed to sound. */
  #wanted = false;
  #joined = false;
  #closed = false;
  #busy = false;
  #notBefore = 0;
  #timer = 0;
  /** @type {(() => void)[]} */
  #off;

  /** @param {Context} ctx @param {Room} room @param {Seat} seat */
  constructor(ctx, room, seat) {
    this.#ctx = ctx;
    this.#room = room;
    this.#seat = seat;
    this.#button = button("", { click: () => this.#handleTap() });
    ctx.slots.actions.append(this.#button);
    const near = () => this.#handleNear();
    NEAR.forEach((event) => document.addEventListener(event, near, { passive: true }));
    seat.addEventListener("broken", () => this.handleLost());
    this.#off = [
      () => NEAR.forEach((event) => document.removeEventListener(event, near)),
      room.on("me", () => this.#handleStanding()),
      room.on("stage", () => this.#handleStanding()),
    ];
    this.#render();
  }

  get #onStage() {
    return this.#room.isOnStage(this.#ctx.me.id);
  }

  /** From a lock screen or a headset. Whoever is on stage is not stopped by a pocket. */
  resume() {
    if (!this.#wanted && !this.#onStage) this.#handleTap();
  }

  /** The same, the other way. */
  pause() {
    if (this.#wanted && !this.#onStage) this.#handleTap();
  }

  /** In the Space, for the first time or again. */
  handleJoined() {
    this.#joined = true;
    const { listening } = this.#room.me;
    if (this.#onStage) this.#warm();
    else if (this.#wanted && listening && this.#seat.state === "warm") this.#render();
    else if (this.#wanted || listening) this.#begin();
    else this.#warm();
  }

  /** The seat is gone: a listener gets another at once, others when they come near. */
  handleLost() {
    this.#seat.drop();
    if (this.#closed) return;
    if (this.#onStage) this.#warm();
    else if (this.#wanted) this.#begin();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#off.forEach((step) => step());
    this.#button.remove();
  }

  #handleTap() {
    if (this.#wanted) return this.#stop();
    performance.mark("soundcheck:tap");
    this.#begin();
    tellFirstSound(this.#ctx, this.#seat, () => this.#wanted && !this.#closed);
  }

  #handleNear() {
    if (this.#joined && !document.hidden && this.#seat.state === "cold") this.#warm();
  }

  /** The server has the last word on who listens; its two messages, on the stage and on oneself, come in any order. */
  #handleStanding() {
    const { listening } = this.#room.me;
    if (this.#onStage) {
      // Coming back from the stage must not need another tap.
      this.#seat.unlock().catch(() => {});
    } else if (listening && (!this.#wanted || this.#seat.waits) && !this.#busy && this.#joined) {
      this.#begin();
    } else if (listening === false && !this.#busy) {
      this.#wanted = false;
      this.#seat.hush();
    }
    this.#render();
  }

  async #warm() {
    if (performance.now() < this.#notBefore) return;
    try {
      await this.#seat.warm();
      // Whoever came from the stage meanwhile asked for sound long ago.
      if (this.#wanted && !this.#onStage && this.#seat.waits) await this.#begin();
    } catch {
      this.#notBefore = performance.now() + WARM_AGAIN_MS;
    }
  }

  async #begin() {
    this.#wanted = true;
    this.#busy = true;
    clearTimeout(this.#timer);
    this.#render();
    const heard = this.#seat.unlock();
    try {
      await Promise.all([this.#seat.start(), heard]);
      this.#room.me.listening = this.#wanted;
      if (this.#wanted) this.#ctx.announce(this.#ctx.t("listening.state.on"));
    } catch (error) {
      this.#handleFailure(/** @type {Error & Refusal} */ (error));
    } finally {
      this.#busy = false;
      this.#render();
    }
  }

  /** @param {Error & Refusal} error */
  #handleFailure(error) {
    if (error.name === "NotAllowedError") {
      this.#wanted = false;
    } else if (AGAIN.includes(error.code)) {
      this.#timer = window.setTimeout(() => this.#wanted && !this.#closed && this.#begin(), START_AGAIN_MS);
    } else if (error.code !== "away") {
      this.#wanted = false;
      this.#seat.hush();
      if (!this.#closed && !SAID_ELSEWHERE.includes(error.code)) this.#ctx.toast(error.message);
    }
  }

  async #stop() {
    this.#wanted = false;
    this.#room.me.listening = false;
    this.#seat.hush();
    this.#render();
    this.#ctx.announce(this.#ctx.t("listening.state.off"));
    await this.#ctx.request("listening.stop").catch((/** @type {Refusal} */ { code }) => this.#stopAgain(code));
  }

  /** It is silent here; the others should see it too. @param {string} code */
  #stopAgain(code) {
    if (!AGAIN.includes(code)) return;
    this.#timer = window.setTimeout(() => this.#wanted || this.#closed || this.#stop(), START_AGAIN_MS);
  }

  #render() {
    const text = this.#ctx.t(this.#wanted ? "listening.stop" : "listening.start");
    /** @type {HTMLElement} */ (this.#button.firstElementChild).textContent = text;
    this.#button.classList.toggle("primary", !this.#wanted);
    this.#button.hidden = this.#onStage;
    this.#seat.sounding = this.#wanted && !this.#onStage;
    this.#room.tell("hearing", this.#wanted);
  }
}
