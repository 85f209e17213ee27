import { playWhereChosen } from "/static/js/audio-output.js";
import { Mender } from "/static/js/ice-restart.js";
import { track } from "/static/js/peer-registry.js";

/** @typedef {import("/types.js").Context} Context */

/** Of one voice, in bits per second: more is not heard, less is, once the mix was coded as well. */
const BITRATE = 48000;

/**
 * One connection to the bridge: sends the microphone, plays everybody else. Events: "broken", and "blocked" when the
 * browser wants a tap before it plays.
 */
export class Publisher extends EventTarget {
  #request;
  #peer;
  #audio = playWhereChosen(new Audio());
  /** Candidates that the browser found before the server named the seat. @type {(RTCIceCandidate | null)[] | null} */
  #early = [];
  #seat = "";
  /** @type {Mender | null} */
  #mender = null;
  /** @type {RTCRtpSender | null} */
  #sender = null;

  /** @param {Context["request"]} request @param {RTCIceServer[]} iceServers */
  constructor(request, iceServers) {
    super();
    this.#request = request;
    this.#peer = track(new RTCPeerConnection({ iceServers }));
    this.#audio.autoplay = true;
    this.#peer.ontrack = ({ track: sound, streams }) => this.#attach(streams[0] ?? new MediaStream([sound]));
    this.#peer.onicecandidate = ({ candidate }) => this.#handleCandidate(candidate);
    this.#peer.onconnectionstatechange = () => {
      if (this.#peer.connectionState === "connected") performance.mark("soundcheck:on-stage");
    };
  }

  /** There until it is "broken" or closed, also while its network is away. */
  get alive() {
    return this.#peer.signalingState !== "closed";
  }

  /** The socket came back: the network may be another. */
  recheck() {
    this.#mender?.check();
  }

  /** Rejects with `Refused`. @param {MediaStreamTrack | null} microphone null while muted without one */
  async publish(microphone) {
    this.#sender = this.#peer.addTransceiver(microphone ?? "audio", {
      direction: "sendrecv",
      streams: [new MediaStream()],
      sendEncodings: [{ maxBitrate: BITRATE }],
    }).sender;
    await this.#peer.setLocalDescription();
    this.#mender = new Mender(this.#peer, {
      restart: (patience) => this.#restart(patience),
      lost: () => this.dispatchEvent(new Event("broken")),
      plays: () => true,
      gone: ["seat_gone", "not_on_stage"],
    });
    const { seat, sdp } = await this.#request("stage.offer", { sdp: this.#peer.localDescription?.sdp });
    this.#seat = seat;
    await this.#finish(sdp);
  }

  /** @param {number} patience */
  async #restart(patience) {
    this.#early = [];
    await this.#peer.setLocalDescription(await this.#peer.createOffer({ iceRestart: true }));
    const offer = { sdp: this.#peer.localDescription?.sdp };
    const { sdp } = await this.#request("stage.restart", offer, patience);
    await this.#finish(sdp);
  }

  /** @param {string} sdp the answer */
  async #finish(sdp) {
    if (this.#peer.signalingState === "closed") return;
    const early = this.#early ?? [];
    this.#early = null;
    early.forEach((candidate) => this.#handleCandidate(candidate));
    await this.#peer.setRemoteDescription({ type: "answer", sdp });
  }

  /** Sends another microphone from now on, or none: nothing is negotiated. @param {MediaStreamTrack | null} microphone */
  replace(microphone) {
    this.#sender?.replaceTrack(microphone).catch(() => {});
  }

  close() {
    this.#peer.close();
    this.#audio.srcObject = null;
  }

  /** Loudest of what is sent and what is heard, 0..1. @returns {Promise<number>} */
  async level() {
    const report = await this.#peer.getStats();
    return Math.max(0, ...[...report.values()].map((entry) => entry.audioLevel ?? 0));
  }

  /** @param {MediaStream} stream */
  #attach(stream) {
    this.#audio.srcObject = stream;
    this.play();
  }

  /** Lets the others be heard; in a tap, also where the browser wants one. */
  play() {
    this.#audio.play().catch((/** @type {DOMException} */ { name }) => name === "NotAllowedError" && this.dispatchEvent(new Event("blocked")));
  }

  /** @param {RTCIceCandidate | null} candidate */
  #handleCandidate(candidate) {
    if (this.#early) return void this.#early.push(candidate);
    const data = { seat: this.#seat, candidate: candidate ? candidate.toJSON() : null };
    this.#request("stage.candidate", data).catch(() => {});
  }
}
