import { devices, hasMicrophone, MicrophoneTrouble, openTrack } from "./devices.js";
import { preferences, PROCESSING } from "./stored-preferences.js";

/**
 * The microphone of this page. It is open while it is needed, follows what the person prefers, and is exchanged
 * without a gap: the next one is open before the one before is let go.
 *
 * Events: "track" when `track` is another one or none, "trouble" {trouble} when it is needed and there is none,
 * "switched" {name} when another one than before was taken without being asked, "kept" {name} when the one that was
 * asked for cannot be had.
 */
export class Microphone extends EventTarget {
  /** What is to be sent. @type {MediaStreamTrack | null} */
  track = null;
  #running = false;
  #muted = false;
  /** What the open track was asked for: which device, and what is done to the voice. */
  #asked = { device: "", processing: "" };
  /** @type {Promise<void> | null} */
  #settling = null;
  #handleDevices = () => this.#look();

  /** @param {boolean} muted */
  start(muted) {
    this.#running = true;
    this.#muted = muted;
    navigator.mediaDevices?.addEventListener("devicechange", this.#handleDevices);
  }

  stop() {
    this.#running = false;
    navigator.mediaDevices?.removeEventListener("devicechange", this.#handleDevices);
    this.#release();
  }

  /** Open, or not needed now: while muted it is, where the person agreed to that. */
  get isNeeded() {
    return this.#running && (!this.#muted || preferences().keepOpen === true);
  }

  /** Silent at once, open or shut as soon as `settle()` has done it. @param {boolean} muted */
  set muted(muted) {
    this.#muted = muted;
    this.#apply();
  }

  /** Brings the device in line with what is wanted. Rejects with `MicrophoneTrouble`. @returns {Promise<void>} */
  async settle() {
    // What is under way may have begun before the latest wish: it is looked at once more.
    while (this.#settling) await this.#settling.catch(() => {});
    this.#settling = this.#settle().finally(() => (this.#settling = null));
    return this.#settling;
  }

  async #settle() {
    if (!this.isNeeded) return this.#release();
    const wanted = preferences();
    const asked = { device: wanted.microphone, processing: JSON.stringify(PROCESSING.map((name) => wanted[name])) };
    const isOpen = this.track?.readyState === "live";
    const isSame = asked.processing === this.#asked.processing;
    if (isOpen && isSame && asked.device === this.#asked.device) return;
    // Chromium keeps on processing a device as it began to, until nobody has it open any more.
    if (isOpen && !isSame) this.#release();
    const before = this.track;
    const fresh = await this.#open(wanted);
    if (!fresh) return;
    if (!this.isNeeded) return fresh.stop();
    this.#asked = asked;
    fresh.onended = () => this.#handleEnded(fresh);
    this.track = fresh;
    this.#apply();
    this.#tell("track");
    before?.stop();
    if (wanted.name && fresh.label !== wanted.name) this.#tell(before ? "kept" : "switched", { name: fresh.label });
  }

  /** @param {import("./stored-preferences.js").Preferences} wanted @returns {Promise<MediaStreamTrack | null>} */
  async #open(wanted) {
    try {
      return await openTrack(wanted);
    } catch (error) {
      if (this.track?.readyState !== "live") throw error;
      this.#tell("kept", { name: this.track.label });
      return null;
    }
  }

  /** Unplugged, or taken away by the browser: another one, if there is any. @param {MediaStreamTrack} track */
  #handleEnded(track) {
    if (track !== this.track) return;
    this.#release();
    this.#settleAlone();
  }

  /** Something was plugged in or out: the preferred one may be back, or the first one there. */
  async #look() {
    if (!this.isNeeded) return;
    const { microphone, name } = preferences();
    const all = await devices("audioinput").catch(() => []);
    const isBack = microphone !== "" && this.track?.label !== name && all.some(({ id }) => id === microphone);
    if (isBack) this.#asked.device = "";
    if (isBack || (!this.track && (await hasMicrophone()))) this.#settleAlone();
  }

  #settleAlone() {
    this.settle().catch((error) => {
      const trouble = error instanceof MicrophoneTrouble ? error.trouble : "failed";
      this.#tell("trouble", { trouble });
    });
  }

  #apply() {
    if (this.track) this.track.enabled = !this.#muted;
  }

  #release() {
    if (!this.track) return;
    this.track.stop();
    this.track = null;
    this.#tell("track");
  }

  /** @param {string} event @param {object} [detail] */
  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}
