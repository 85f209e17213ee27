import { track, watch } from "/static/js/peers.js";

/** @typedef {import("/types.js").Context} Context */

/** One connection to the bridge: sends the microphone, plays everybody else. Event: "broken". */
export class Publisher extends EventTarget {
  #request;
  #peer = track(new RTCPeerConnection());
  #audio = new Audio();
  /** Candidates that the browser found before the server named the seat. @type {(RTCIceCandidate | null)[] | null} */
  #early = [];
  #seat = "";

  /** @param {Context["request"]} request */
  constructor(request) {
    super();
    this.#request = request;
    this.#audio.autoplay = true;
    this.#peer.ontrack = ({ track: sound, streams }) => this.#attach(streams[0] ?? new MediaStream([sound]));
    this.#peer.onicecandidate = ({ candidate }) => this.#handleCandidate(candidate);
    this.#peer.onconnectionstatechange = () => {
      if (this.#peer.connectionState === "connected") performance.mark("soundcheck:on-stage");
    };
  }

  /** Connected, or on the way. */
  get alive() {
    return ["new", "connecting", "connected"].includes(this.#peer.connectionState);
  }

  /** Rejects with `Refused`. @param {MediaStreamTrack} microphone */
  async publish(microphone) {
    this.#peer.addTransceiver(microphone, { direction: "sendrecv", streams: [new MediaStream([microphone])] });
    await this.#peer.setLocalDescription();
    watch(this.#peer, () => this.dispatchEvent(new Event("broken")));
    const { seat, sdp } = await this.#request("stage.offer", { sdp: this.#peer.localDescription?.sdp });
    if (this.#peer.signalingState === "closed") return;
    this.#seat = seat;
    const early = this.#early ?? [];
    this.#early = null;
    early.forEach((candidate) => this.#handleCandidate(candidate));
    await this.#peer.setRemoteDescription({ type: "answer", sdp });
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
    this.#audio.play().catch(() => {});
  }

  /** @param {RTCIceCandidate | null} candidate */
  #handleCandidate(candidate) {
    if (this.#early) return void this.#early.push(candidate);
    const data = { seat: this.#seat, candidate: candidate ? candidate.toJSON() : null };
    this.#request("stage.candidate", data).catch(() => {});
  }
}
