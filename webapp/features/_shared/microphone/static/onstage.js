import { Delivery } from "/static/js/delivery.js";
import { button } from "/static/js/dom.js";
import { intentsOf } from "/static/js/intents.js";
import { StageControls } from "./controls.js";
import { MicrophoneTrouble } from "./devices.js";
import { Microphone } from "./microphone.js";
import { MuteState } from "./mute-state.js";
import { MutedNote } from "./muted-notice.js";
import { preferences } from "./stored-preferences.js";
import { Publisher } from "./publisher.js";
import { SoundSettings } from "./settings-dialog.js";
import { Voice } from "./voice-activity.js";
import { WakeLock } from "./wake-lock.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

const AGAIN_MS = 2000;

/**
 * One's own place on stage: from `enter()` to `leave()` the microphone is open and published, whatever happens to
 * the connection. Both may be called again and again.
 *
 * A wish to be silent holds in this browser at once, whether or not the server can be told, and is never taken back:
 * see `MuteState`.
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
  /** The connection was lost while one was being made: what is being made may be the one that is lost. */
  #again = false;
  /** Counts how often the stage was left: what was begun before that does not concern the next time. */
  #visit = 0;
  #timer = 0;
  #intents;
  #mute = new MuteState({ muted: false }, false);
  #muting;
  /** The last wish to be heard found no microphone. */
  #unmuteFailed = false;
  /** Unmuted here, and not said yet that everybody hears it. */
  #unannounced = false;
  /** Nothing is sent any more, though the server has this person on stage. */
  #withdrawn = false;
  #off;

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#intents = intentsOf(room.slug, ctx.me.id);
    this.#muting = new Delivery(ctx.request, "stage.mute", {
      delivered: (state) => this.#handleServer(state),
      refused: (refusal) => this.#handleMuteRefused(refusal),
      delayed: () => this.#mute.muted && ctx.toast(ctx.t("onstage.silent_here")),
    });
    this.#controls = new StageControls(ctx, {
      setMuted: (muted) => this.#setMuted(muted),
      tryAgain: () => (this.#unmuteFailed ? this.#setMuted(false) : this.#connect()),
    });
    this.#note = new MutedNote(ctx.t, (text, ...answers) => this.#controls.showNote(text, ...answers), () => this.#refit());
    this.#settings = new SoundSettings(ctx, { changed: () => this.#refit(), watched: () => this.#followVoice() });
    this.#followMicrophone();
    const handleHide = () => this.#microphone.stop();
    // A page that comes back from the browser's cache has no microphone and no connections any more.
    const handleShow = (/** @type {PageTransitionEvent} */ { persisted }) => persisted && location.reload();
    window.addEventListener("pagehide", handleHide);
    window.addEventListener("pageshow", handleShow);
    this.#off = [
      () => window.removeEventListener("pagehide", handleHide),
      () => window.removeEventListener("pageshow", handleShow),
      room.on("me", () => this.#handleMe()),
      room.on("joined", () => this.#handleJoined()),
      room.addMeter(async () => (await this.#publisher?.level()) ?? 0),
      ctx.on("stage.lost", () => this.#handleLost()),
    ];
  }

  enter() {
    if (this.#entered && !this.#withdrawn) return;
    this.#entered = true;
    this.#withdrawn = false;
    this.#mute = new MuteState(this.#room.me, this.#intents.has("muted"));
    const { muted } = this.#mute;
    this.#microphone.start(muted);
    this.#controls.show(muted);
    this.#settings.offered = true;
    this.#wake.hold();
    // Muted before a reload, and the server never knew.
    if (muted && !this.#room.me.muted) this.#muting.send(this.#mute.request(true));
    this.#connect();
  }

  leave() {
    if (!this.#entered) return;
    this.#entered = false;
    this.#visit += 1;
    this.#busy = this.#again = false;
    clearTimeout(this.#timer);
    this.#muting.cancel();
    this.#silence();
    this.#unpublish();
  }

  /**
   * Off the stage as far as this browser can bring that about: the microphone is closed for good. The others are heard
   * until the server has made this person a listener, or has ended the Space: then comes `leave()`.
   */
  withdraw() {
    if (!this.#entered || this.#withdrawn) return;
    this.#withdrawn = true;
    this.#muting.cancel();
    this.#silence();
  }

  #silence() {
    this.#unannounced = false;
    this.#microphone.stop();
    this.#note.clear();
    this.#controls.hide();
    this.#settings.offered = false;
    this.#wake.release();
  }

  /** Shows and does nothing that needs a microphone. */
  get #isSilent() {
    return !this.#entered || this.#withdrawn;
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
      this.#microphone.addEventListener(name, (event) => this.#isSilent || fn(/** @type {CustomEvent} */ (event).detail));
    this.#microphone.addEventListener("track", () => this.#handleTrack());
    on("trouble", ({ trouble }) => this.#controls.showTrouble(trouble));
    on("switched", ({ name }) => toast(t("onstage.switched", { name })));
    on("kept", ({ name }) => toast(t("onstage.kept", { name })));
  }

  /** Does what is missing: the microphone, then the connection. */
  async #connect() {
    if (!this.#entered) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    const visit = this.#visit;
    const isOver = () => visit !== this.#visit;
    this.#busy = true;
    this.#again = false;
    clearTimeout(this.#timer);
    try {
      await this.#microphone.settle();
      if (isOver()) return;
      if (!this.#publisher?.alive) await this.#publish();
      if (!isOver() && !this.#isSilent) this.#controls.showTrouble(null);
      this.#announceHeard();
    } catch (error) {
      if (!isOver()) this.#handleFailure(error);
    } finally {
      if (!isOver()) {
        this.#busy = false;
        if (this.#again) this.#connect();
      }
    }
  }

  async #publish() {
    this.#unpublish();
    const publisher = new Publisher(this.#ctx.request, this.#room.ice);
    this.#publisher = publisher;
    publisher.addEventListener("broken", () => publisher === this.#publisher && this.#handleLost());
    publisher.addEventListener("blocked", () => publisher === this.#publisher && this.#askToPlay(publisher));
    await publisher.publish(this.#microphone.track);
  }

  #unpublish() {
    this.#publisher?.close();
    this.#publisher = null;
  }

  /** @param {unknown} error */
  #handleFailure(error) {
    if (this.#isSilent) return;
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

  /** Again, perhaps: the server may have no such seat any more, and may not know the last wish. */
  #handleJoined() {
    this.#muting.resume();
    if (this.#publisher && !this.#busy) {
      if (!this.#room.held.includes("talk")) this.#unpublish();
      else this.#publisher.recheck();
    }
    this.#connect();
  }

  #handleTrack() {
    const { track } = this.#microphone;
    this.#publisher?.replace(track);
    if (track && !this.#isSilent) this.#controls.showTrouble(null);
    this.#followVoice();
    this.#settings.handleTrack();
  }

  /** The level is looked at when it is shown, and when it may be that a muted person talks. */
  #followVoice() {
    this.#voice?.close();
    this.#voice = null;
    const { track } = this.#microphone;
    if (!track || !(this.#settings.watched || this.#mute.muted)) return;
    this.#voice = new Voice(track, (level, talking) => {
      this.#settings.showLevel(level, talking);
      if (talking && this.#mute.muted && preferences().keepOpen) this.#note.say();
    });
  }

  #handleMe() {
    const { me } = this.#room;
    if (me.role === "listener") this.#intents.set("muted", false);
    this.#handleServer(me);
  }

  /** @param {import("./mute-state.js").ServerState} state */
  #handleServer(state) {
    if (this.#isSilent) return;
    const outcome = this.#mute.take(state);
    if (outcome === "differs") this.#muting.send(this.#mute.request(true));
    if (outcome === "muted") {
      this.#muting.cancel();
      this.#apply();
      this.#refit();
      this.#sayWhoMuted();
    }
    this.#announceHeard();
  }

  #sayWhoMuted() {
    const { t, toast, announce } = this.#ctx;
    const by = this.#room.me.muted_by;
    if (!by) return announce(t("onstage.now_muted"));
    const isHost = this.#room.stage.some(({ id, role }) => id === by.id && role === "host");
    toast(isHost ? t("onstage.muted_by_host") : t("onstage.muted_by", { name: by.name }));
  }

  /** @param {boolean} muted */
  async #setMuted(muted) {
    const request = this.#mute.request(muted);
    this.#apply();
    this.#muting.send(request);
    if (muted) {
      this.#ctx.announce(this.#ctx.t("onstage.now_muted"));
      this.#note.ask();
    }
    this.#unannounced = !muted;
    await this.#refit();
    if (this.#mute.muted || this.#isSilent) return;
    // Whoever has no microphone is heard by nobody: the others are told so too.
    if (!this.#microphone.track) return this.#muteAgain();
    this.#controls.showTrouble(null);
    this.#announceHeard();
  }

  #muteAgain() {
    this.#unannounced = false;
    const request = this.#mute.request(true);
    this.#apply();
    this.#unmuteFailed = true;
    this.#muting.send(request);
  }

  /** Once for each wish to be heard, when the server has it, and there are a microphone and a connection. */
  #announceHeard() {
    const isSent = this.#microphone.track && this.#publisher?.alive;
    if (!this.#unannounced || this.#mute.muted || this.#muting.pending || !isSent) return;
    this.#unannounced = false;
    this.#ctx.announce(this.#ctx.t("onstage.now_heard"));
  }

  /** The server will not have it: what is muted stays so, and nobody is left to think that they are heard. @param {Refusal} refusal */
  #handleMuteRefused({ code, message }) {
    this.#mute.withdraw();
    if (this.#isSilent || this.#mute.muted) return;
    this.#mute.muted = true;
    this.#unannounced = false;
    this.#apply();
    this.#refit();
    if (code !== "unknown_event" && code !== "not_on_stage") this.#ctx.toast(message);
  }

  /** A browser that plays nothing before a tap: says so, and plays with the tap. @param {Publisher} publisher */
  #askToPlay(publisher) {
    const play = () => {
      this.#controls.showNote(null);
      publisher.play();
    };
    this.#controls.showNote(this.#ctx.t("onstage.tap_to_hear"), button(this.#ctx.t("onstage.hear_others"), { look: "small", click: play }));
  }

  /** Brings microphone, button and this browser's memory in line with the state. */
  #apply() {
    const { muted } = this.#mute;
    this.#unmuteFailed = false;
    this.#microphone.muted = muted;
    this.#intents.set("muted", muted);
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
