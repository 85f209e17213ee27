/** Keeps a phone from going to sleep while its owner is on stage, where the browser can. */
export class WakeLock {
  #held = false;
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #handleVisible = () => this.#take();

  hold() {
    if (this.#held) return;
    this.#held = true;
    // The browser takes it away whenever the page is not to be seen.
    document.addEventListener("visibilitychange", this.#handleVisible);
    this.#take();
  }

  release() {
    this.#held = false;
    document.removeEventListener("visibilitychange", this.#handleVisible);
    this.#lock?.release().catch(() => {});
    this.#lock = null;
  }

  async #take() {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    if (this.#lock && !this.#lock.released) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#held) this.#lock = lock;
      else await lock.release();
    } catch {
      // A battery that is low, or a browser that has it switched off: the stage works all the same.
    }
  }
}
