/** @typedef {{muted: boolean, n?: number}} ServerState `n`: number of the request that the server applied last */

/**
 * Whether this microphone is muted, and whose word counts: this page's, until the server has answered its last
 * request; then also the server's, but only towards silence. A microphone that was muted here opens only by a request
 * that was made here.
 */
export class MuteState {
  muted;
  /** Of the last request, or of the server's state where that is newer. */
  #number;
  #applied;

  /** @param {ServerState} server @param {boolean} muted what was asked for here last, before a reload */
  constructor(server, muted) {
    this.#applied = this.#number = server.n ?? 0;
    this.muted = server.muted || muted;
  }

  /** A request of this page: holds here at once. @param {boolean} muted @returns {{muted: boolean, n: number}} */
  request(muted) {
    this.muted = muted;
    this.#number += 1;
    return { muted, n: this.#number };
  }

  /** The server refused the last request for good: its own state is the newest again. */
  withdraw() {
    this.#number = this.#applied;
  }

  /**
   * @param {ServerState} server
   * @returns {"unchanged" | "muted" | "differs"} "muted": somebody else did it. "differs": the server has a microphone
   *   open that is muted here, and is to be told once more.
   */
  take(server) {
    const applied = server.n ?? 0;
    if (applied < this.#number) return "unchanged";
    this.#applied = this.#number = applied;
    if (server.muted === this.muted) return "unchanged";
    if (!server.muted) return "differs";
    this.muted = true;
    return "muted";
  }
}
