import { nextAttempt } from "/static/js/delivery-policy.js";
import { Delivery } from "/static/js/delivery.js";
import { button } from "/static/js/dom.js";
import { intentsOf } from "/static/js/intents.js";
import { tellFirstSound } from "./first-sound-metric.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */
/** @typedef {import("./playback-path.js").Ways} Seat */

const NEAR = ["pointermove", "pointerdown", "focusin", "keydown", "visibilitychange"];
const WARM_AGAIN_MS = 5000;
const START_AGAIN_MS = 2000;
/** The page itself says so in a moment. */
const SAID_ELSEWHERE = ["unknown_event", "not_in_space", "space_ended"];

/**
 * The button that starts and stops listening, and the wish behind it, which outlives lost connections.
 *
 * The wish is this page's own. What the server remembers counts once, when a page joins for the first time; from then on
 * the server is brought in line with the wish, whatever it says.
 */
export class ListenControl {
  #ctx;
  #room;
  #seat;
  #button;
  #intents;
  #stopping;
  #wanted = false;
  /** This page has a wish of its own. */
  #decided = false;
  #joined = false;
  #closed = false;
  #busy = false;
  #wasOnStage = false;
  #notBefore = 0;
  #timer = 0;
  /** @type {(() => void)[]} */
  #off;

  /** @param {Context} ctx @param {Room} room @param {Seat} seat */
  constructor(ctx, room, seat) {
    this.#ctx = ctx;
    this.#room = room;
    this.#seat = seat;
    this.#intents = intentsOf(room.slug, ctx.me.id);
    const settle = () => this.#intents.set("stopped", false);
    this.#stopping = new Delivery(ctx.request, "listening.stop", { delivered: settle, refused: settle });
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
    if (!this.#decided) {
      this.#decided = true;
      this.#wanted = this.#room.me.listening === true && !this.#intents.has("stopped");
    }
    this.#stopping.resume();
    this.#reconcile();
    if (this.#onStage || !this.#wanted) this.#warm();
    this.#render();
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
    this.#stopping.cancel();
    this.#off.forEach((step) => step());
    this.#button.remove();
  }

  #handleTap() {
    if (this.#wanted) return this.#stop();
    performance.mark("soundcheck:tap");
    this.#begin({ tapped: true });
    tellFirstSound(this.#ctx, this.#seat, () => this.#wanted && !this.#closed);
  }

  #handleNear() {
    if (this.#joined && !document.hidden && this.#seat.state === "cold") this.#warm();
  }

  /** The server's two messages, on the stage and on oneself, come in any order. */
  #handleStanding() {
    if (this.#onStage) {
      this.#wasOnStage = true;
      // Coming back from the stage must not need another tap.
      this.#seat.unlock().catch(() => {});
    } else if (this.#wasOnStage && this.#room.me.role === "listener") {
      // On stage everybody hears the Space; off it they go on doing so.
      this.#wasOnStage = false;
      this.#want(true);
      this.#seat.unlock().catch((error) => this.#handleBlocked(error));
    }
    if (this.#joined) this.#reconcile();
    this.#render();
  }

  /** Brings the server in line with what is wanted here. */
  #reconcile() {
    if (this.#onStage || this.#busy || this.#closed) return;
    const { listening } = this.#room.me;
    const plays = listening && this.#seat.state === "warm" && !this.#seat.waits;
    if (this.#wanted && !plays) this.#begin();
    else if (!this.#wanted) this.#seat.hush();
    if (!this.#wanted && listening && !this.#stopping.pending) this.#stopping.send();
  }

  /** @param {boolean} wanted */
  #want(wanted) {
    this.#decided = true;
    this.#wanted = wanted;
    this.#intents.set("stopped", !wanted);
    if (wanted) this.#stopping.cancel();
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

  /** @param {{tapped?: boolean}} [how] */
  async #begin({ tapped = false } = {}) {
    this.#want(true);
    this.#busy = true;
    clearTimeout(this.#timer);
    this.#room.tell("blocked", false);
    this.#render();
    const heard = this.#seat.unlock();
    try {
      // Without a tap the browser may refuse: nobody is counted as listening who does not hear.
      if (!tapped) await Promise.race([heard, nextTask()]);
      await Promise.all([this.#seat.start(), heard]);
      this.#room.me.listening = true;
      if (this.#wanted) this.#ctx.announce(this.#ctx.t("listening.state.on"));
    } catch (error) {
      this.#handleFailure(/** @type {Error & Refusal} */ (error));
    } finally {
      this.#busy = false;
      // Stopped, or refused, while it began: the server may have begun all the same.
      if (!this.#wanted && !this.#closed) this.#tellStopped();
      this.#render();
    }
  }

  /** The browser wants a tap first: said on the page, and to the server. @param {Error} error */
  #handleBlocked({ name }) {
    if (name !== "NotAllowedError" || !this.#wanted || this.#onStage) return;
    this.#want(false);
    this.#room.tell("blocked", true);
    this.#ctx.announce(this.#ctx.t("listening.state.blocked"));
    if (!this.#busy) this.#tellStopped();
    // The tap is near: it finds a seat that is connected.
    this.#warm();
    this.#render();
  }

  /** @param {Error & Refusal} error */
  #handleFailure(error) {
    if (error.name === "NotAllowedError") {
      this.#handleBlocked(error);
      return;
    }
    // Without a code it is the browser's: the seat was lost while it was being connected.
    const { retry } = nextAttempt(error.code ?? "timeout", 1);
    if (retry === "later") {
      this.#timer = window.setTimeout(() => this.#wanted && !this.#closed && this.#begin(), START_AGAIN_MS);
    } else if (retry === "never" && this.#wanted) {
      this.#want(false);
      this.#seat.hush();
      if (!this.#closed && !SAID_ELSEWHERE.includes(error.code)) this.#ctx.toast(error.message);
    }
  }

  /** Silent here at once; the server is told until it has it. */
  #stop() {
    this.#want(false);
    clearTimeout(this.#timer);
    this.#seat.hush();
    this.#render();
    this.#ctx.announce(this.#ctx.t("listening.state.off"));
    if (!this.#busy) this.#tellStopped();
  }

  #tellStopped() {
    this.#room.me.listening = false;
    this.#stopping.send();
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

/** @returns {Promise<void>} */
function nextTask() {
  return new Promise((resolve) => setTimeout(resolve));
}
