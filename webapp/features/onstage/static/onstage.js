import { StageControls } from "./controls.js";
import { MicrophoneTrouble, openMicrophone } from "./microphone.js";
import { Publisher } from "./publisher.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/room.js").Room} Room */

const AGAIN_MS = 2000;

/**
 * One's own place on stage: from `enter()` to `leave()` the microphone is open and published, whatever happens to
 * the connection. Both may be called again and again.
 */
export class OnStage {
  #ctx;
  #room;
  #controls;
  #entered = false;
  /** @type {MediaStreamTrack | null} */
  #microphone = null;
  /** @type {Publisher | null} */
  #publisher = null;
  #busy = false;
  /** Counts how often the stage was left: what was begun before that does not concern the next time. */
  #visit = 0;
  #timer = 0;
  #muted = false;
  #off;

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#controls = new StageControls(ctx, {
      setMuted: (muted) => this.#setMuted(muted),
      tryAgain: () => this.#connect(),
    });
    this.#off = [
      room.on("me", () => this.#handleMe()),
      room.on("joined", () => this.#connect()),
      room.addMeter(async () => (await this.#publisher?.level()) ?? 0),
      ctx.on("stage.lost", () => this.#handleLost()),
    ];
  }

  enter() {
    if (this.#entered) return;
    this.#entered = true;
    this.#muted = this.#room.me.muted;
    this.#controls.show(this.#muted);
    this.#connect();
  }

  leave() {
    if (!this.#entered) return;
    this.#entered = false;
    this.#visit += 1;
    this.#busy = false;
    clearTimeout(this.#timer);
    this.#controls.hide();
    this.#unpublish();
    this.#stopMicrophone();
  }

  /** Nothing of the microphone leaves this browser from now on, until the server has decided. */
  hush() {
    if (this.#microphone) this.#microphone.enabled = false;
  }

  /** Takes `hush()` back. */
  unhush() {
    if (this.#microphone) this.#microphone.enabled = !this.#muted;
  }

  close() {
    this.leave();
    this.#off.forEach((step) => step());
    this.#controls.close();
  }

  /** Does what is missing: the microphone, then the connection. */
  async #connect() {
    if (!this.#entered || this.#busy || this.#publisher?.alive) return;
    const visit = this.#visit;
    const isOver = () => visit !== this.#visit;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      const microphone = this.#microphone ?? (await this.#openMicrophone());
      if (isOver()) return microphone.stop();
      this.#microphone = microphone;
      await this.#publish(microphone);
      if (!isOver()) this.#controls.showTrouble(null);
    } catch (error) {
      if (!isOver()) this.#handleFailure(error);
    } finally {
      if (!isOver()) this.#busy = false;
    }
  }

  async #openMicrophone() {
    const microphone = await openMicrophone();
    microphone.enabled = !this.#muted;
    microphone.onended = () => this.#handleUnplugged();
    return microphone;
  }

  /** @param {MediaStreamTrack} microphone */
  async #publish(microphone) {
    this.#unpublish();
    const publisher = new Publisher(this.#ctx.request);
    this.#publisher = publisher;
    publisher.addEventListener("broken", () => publisher === this.#publisher && this.#handleLost());
    await publisher.publish(microphone);
  }

  #stopMicrophone() {
    this.#microphone?.stop();
    this.#microphone = null;
  }

  #unpublish() {
    this.#publisher?.close();
    this.#publisher = null;
  }

  /** @param {unknown} error */
  #handleFailure(error) {
    this.#unpublish();
    if (!this.#entered) return;
    const { code, message } = /** @type {Refusal} */ (error);
    if (error instanceof MicrophoneTrouble) this.#controls.showTrouble(error.trouble);
    else if (code === "not_on_stage" || code === "unknown_event" || code === "away") return;
    else {
      console.warn("stage", code ?? message);
      this.#timer = window.setTimeout(() => this.#connect(), AGAIN_MS);
    }
  }

  #handleLost() {
    this.#unpublish();
    this.#connect();
  }

  #handleUnplugged() {
    this.#microphone = null;
    this.#unpublish();
    if (this.#entered) this.#controls.showTrouble("missing");
  }

  /** The server has the last word: somebody else may have muted this microphone. */
  #handleMe() {
    const { muted } = this.#room.me;
    if (!this.#entered || muted === this.#muted) return;
    this.#apply(muted);
    if (muted) this.#ctx.toast(this.#ctx.t("onstage.muted_by_other"));
  }

  /** @param {boolean} muted */
  async #setMuted(muted) {
    const before = this.#muted;
    this.#apply(muted);
    try {
      await this.#ctx.request("stage.mute", { muted });
      this.#ctx.announce(this.#ctx.t(muted ? "onstage.now_muted" : "onstage.now_heard"));
    } catch (refusal) {
      this.#apply(before);
      this.#ctx.toast(/** @type {Refusal} */ (refusal).message);
    }
  }

  /** @param {boolean} muted */
  #apply(muted) {
    this.#muted = muted;
    if (this.#microphone) this.#microphone.enabled = !muted;
    this.#controls.show(muted);
  }
}
