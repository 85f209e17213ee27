import { StageControls } from "./controls.js";
import { MicrophoneTrouble } from "./devices.js";
import { Microphone } from "./microphone.js";
import { MutedNote } from "./note.js";
import { preferences } from "./preferences.js";
import { Publisher } from "./publisher.js";
import { SoundSettings } from "./settings.js";
import { Voice } from "./voice.js";
import { WakeLock } from "./wake.js";

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
  #note;
  #settings;
  #entered = false;
  #microphone = new Microphone();
  #wake = new WakeLock();
  /** @type {Publisher | null} */
  #publisher = null;
  /** @type {Voice | null} */
  #voice = null;
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
    this.#note = new MutedNote(ctx.t, (text, ...answers) => this.#controls.showNote(text, ...answers), () => this.#refit());
    this.#settings = new SoundSettings(ctx, { changed: () => this.#refit(), watched: () => this.#followVoice() });
    this.#followMicrophone();
    this.#off = [
      room.on("me", () => this.#handleMe()),
      room.on("joined", () => this.#handleJoined()),
      room.addMeter(async () => (await this.#publisher?.level()) ?? 0),
      ctx.on("stage.lost", () => this.#handleLost()),
    ];
  }

  enter() {
    if (this.#entered) return;
    this.#entered = true;
    this.#muted = this.#room.me.muted;
    this.#microphone.start(this.#muted);
    this.#controls.show(this.#muted);
    this.#settings.offered = true;
    this.#wake.hold();
    this.#connect();
  }

  leave() {
    if (!this.#entered) return;
    this.#entered = false;
    this.#visit += 1;
    this.#busy = false;
    clearTimeout(this.#timer);
    this.#note.clear();
    this.#controls.hide();
    this.#settings.offered = false;
    this.#wake.release();
    this.#unpublish();
    this.#microphone.stop();
  }

  /** Nothing of the microphone leaves this browser from now on, until the server has decided. */
  hush() {
    this.#microphone.hushed = true;
  }

  /** Takes `hush()` back. */
  unhush() {
    this.#microphone.hushed = false;
  }

  close() {
    this.leave();
    this.#off.forEach((step) => step());
    this.#settings.close();
    this.#controls.close();
  }

  #followMicrophone() {
    const { t, toast } = this.#ctx;
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ fn) =>
      this.#microphone.addEventListener(name, (event) => this.#entered && fn(/** @type {CustomEvent} */ (event).detail));
    this.#microphone.addEventListener("track", () => this.#handleTrack());
    on("trouble", ({ trouble }) => this.#controls.showTrouble(trouble));
    on("switched", ({ name }) => toast(t("onstage.switched", { name })));
    on("kept", ({ name }) => toast(t("onstage.kept", { name })));
  }

  /** Does what is missing: the microphone, then the connection. */
  async #connect() {
    if (!this.#entered || this.#busy) return;
    const visit = this.#visit;
    const isOver = () => visit !== this.#visit;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      await this.#microphone.settle();
      if (isOver()) return;
      if (!this.#publisher?.alive) await this.#publish();
      if (!isOver()) this.#controls.showTrouble(null);
    } catch (error) {
      if (!isOver()) this.#handleFailure(error);
    } finally {
      if (!isOver()) this.#busy = false;
    }
  }

  async #publish() {
    this.#unpublish();
    const publisher = new Publisher(this.#ctx.request, this.#room.ice);
    this.#publisher = publisher;
    publisher.addEventListener("broken", () => publisher === this.#publisher && this.#handleLost());
    await publisher.publish(this.#microphone.track);
  }

  #unpublish() {
    this.#publisher?.close();
    this.#publisher = null;
  }

  /** @param {unknown} error */
  #handleFailure(error) {
    if (!this.#entered) return;
    if (error instanceof MicrophoneTrouble) return this.#controls.showTrouble(error.trouble);
    this.#unpublish();
    const { code, message } = /** @type {Refusal} */ (error);
    if (code === "not_on_stage" || code === "unknown_event" || code === "away") return;
    console.warn("stage", code ?? message);
    this.#timer = window.setTimeout(() => this.#connect(), AGAIN_MS);
  }

  #handleLost() {
    this.#unpublish();
    this.#connect();
  }

  /** Again, perhaps: the server may have no such seat any more. */
  #handleJoined() {
    if (this.#publisher && !this.#busy) {
      if (!this.#room.held.includes("talk")) this.#unpublish();
      else this.#publisher.recheck();
    }
    this.#connect();
  }

  #handleTrack() {
    const { track } = this.#microphone;
    this.#publisher?.replace(track);
    if (track && this.#entered) this.#controls.showTrouble(null);
    this.#followVoice();
    this.#settings.handleTrack();
  }

  /** The level is looked at when it is shown, and when it may be that a muted person talks. */
  #followVoice() {
    this.#voice?.close();
    this.#voice = null;
    const { track } = this.#microphone;
    if (!track || !(this.#settings.watched || this.#muted)) return;
    this.#voice = new Voice(track, (level, talking) => {
      this.#settings.showLevel(level, talking);
      if (talking && this.#muted && preferences().keepOpen) this.#note.say();
    });
  }

  /** The server has the last word: somebody else may have muted this microphone. */
  #handleMe() {
    const { muted } = this.#room.me;
    if (!this.#entered || muted === this.#muted) return;
    this.#apply(muted);
    this.#refit();
    if (muted) this.#ctx.toast(this.#ctx.t("onstage.muted_by_other"));
  }

  /** @param {boolean} muted */
  async #setMuted(muted) {
    const before = this.#muted;
    this.#apply(muted);
    try {
      await Promise.all([this.#ctx.request("stage.mute", { muted }), this.#refit()]);
      this.#ctx.announce(this.#ctx.t(muted ? "onstage.now_muted" : "onstage.now_heard"));
      if (muted && this.#muted) this.#note.ask();
    } catch (refusal) {
      this.#apply(before);
      this.#refit();
      this.#ctx.toast(/** @type {Refusal} */ (refusal).message);
    }
  }

  /** @param {boolean} muted */
  #apply(muted) {
    this.#muted = muted;
    this.#microphone.muted = muted;
    this.#controls.show(muted);
    this.#note.clear();
  }

  /** The device follows what was said or chosen, while everything else goes on. */
  async #refit() {
    try {
      await this.#microphone.settle();
    } catch (error) {
      this.#handleFailure(error);
    }
    this.#followVoice();
  }
}
