import { playWhereChosen } from "/static/js/audio-output.js";
import { Mender } from "/static/js/ice-restart.js";
import { track } from "/static/js/peer-registry.js";

/** @typedef {import("/types.js").Context} Context */

/**
 * A person's place in the sound. `warm()` negotiates and connects it, paused by the server; `start()` lets it sound.
 * Events: "state", and "broken" when a seat that was there is lost.
 */
export class Seat extends EventTarget {
  /** @type {"cold" | "warming" | "warm"} */
  state = "cold";
  #ctx;
  /** Sound is expected from it. */
  sounding = false;
  #audio = playWhereChosen(new Audio());
  /** @type {RTCPeerConnection | null} */
  #peer = null;
  /** @type {Promise<void> | null} */
  #warming = null;
  /** @type {Mender | null} */
  #mender = null;

  /** @param {Pick<Context, "request" | "room">} ctx */
  constructor(ctx) {
    super();
    this.#ctx = ctx;
    this.#audio.autoplay = true;
    this.#audio.muted = true;
    this.#audio.addEventListener("playing", () => performance.mark("soundcheck:playing"));
  }

  /** The socket came back. The server may have no such seat any more; the network may be another. @param {boolean} held */
  recheck(held) {
    if (this.state !== "warm") return;
    if (held) this.#mender?.check();
    else this.drop();
  }

  /** Negotiates a new seat unless there is one. Rejects with `Refused`. @returns {Promise<void>} */
  warm() {
    if (this.state === "warm") return Promise.resolve();
    this.#warming ??= this.#negotiate().finally(() => (this.#warming = null));
    return this.#warming;
  }

  /**
   * Lets the seat be heard. To be called in the gesture itself: browsers let only that begin to sound.
   * Rejects with NotAllowedError when the browser wants a gesture; the seat is then as before.
   */
  async unlock() {
    this.#audio.muted = false;
    this.#audio.srcObject ??= new MediaStream();
    try {
      await this.#audio.play();
    } catch (error) {
      if (/** @type {DOMException} */ (error).name !== "NotAllowedError") return;
      this.hush();
      this.#audio.play().catch(() => {});
      throw error;
    }
  }

  /** Rejects with `Refused`; a seat that the server let go of is made anew. */
  async start() {
    await this.warm();
    try {
      await this.#ctx.request("listening.start");
    } catch (error) {
      if (/** @type {any} */ (error).code !== "seat_gone") throw error;
      this.drop();
      await this.warm();
      await this.#ctx.request("listening.start");
    }
    performance.mark("soundcheck:started");
  }

  /** Silent at once; the seat stays warm. */
  hush() {
    this.#audio.muted = true;
  }

  /** Lets go of the connection. */
  drop() {
    const peer = this.#peer;
    this.#peer = null;
    peer?.close();
    this.#set("cold");
  }

  /** Level of what is heard, 0..1. @returns {Promise<number>} */
  async level() {
    const report = await this.#peer?.getReceivers()[0]?.getStats();
    const levels = [...(report?.values() ?? [])].map((entry) => entry.audioLevel ?? 0);
    return Math.max(0, ...levels);
  }

  async #negotiate() {
    this.drop();
    this.#set("warming");
    try {
      const { seat, sdp } = await this.#ctx.request("listening.warm");
      const peer = this.#connect(seat);
      await peer.setRemoteDescription({ type: "offer", sdp });
      await peer.setLocalDescription();
      this.#mender = new Mender(peer, {
        restart: (patience) => this.#restart(peer, patience),
        lost: () => peer === this.#peer && this.#lose(),
        plays: () => this.sounding,
        gone: ["seat_gone"],
      });
      await this.#ctx.request("listening.answer", { seat, sdp: peer.localDescription?.sdp });
      performance.mark("soundcheck:warm");
      this.#set("warm");
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** @param {RTCPeerConnection} peer @param {number} patience */
  async #restart(peer, patience) {
    const { seat, sdp } = await this.#ctx.request("listening.restart", {}, patience);
    if (peer !== this.#peer) return;
    await peer.setRemoteDescription({ type: "offer", sdp });
    await peer.setLocalDescription();
    await this.#ctx.request("listening.answer", { seat, sdp: peer.localDescription?.sdp });
  }

  /** @param {string} seat */
  #connect(seat) {
    const peer = track(new RTCPeerConnection({ iceServers: this.#ctx.room?.ice }));
    this.#peer = peer;
    peer.ontrack = ({ track: sound, streams }) => this.#attach(streams[0] ?? new MediaStream([sound]));
    peer.onicecandidate = ({ candidate }) => {
      const data = { seat, candidate: candidate ? candidate.toJSON() : null };
      this.#ctx.request("listening.candidate", data).catch(() => {});
    };
    return peer;
  }

  /** @param {MediaStream} stream */
  #attach(stream) {
    this.#audio.srcObject = stream;
    this.#audio.play().catch(() => {});
  }

  #lose() {
    this.drop();
    this.dispatchEvent(new Event("broken"));
  }

  /** @param {"cold" | "warming" | "warm"} state */
  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
