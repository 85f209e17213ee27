import { track } from "/static/js/peer-registry.js";

/** @typedef {import("./check-verdict.js").Way} Way */
/** @typedef {(event: string, data?: object) => Promise<any>} Request */

const PATIENCE_MS = 10000;
const RELAY_MS = 5000;
const LOOK_MS = 100;

/** The real way: up as one who talks in a Space, down as one who listens to it, with nobody else in it. */
export class TryOut {
  #request;
  #up;
  #down;
  /** What comes back. @type {MediaStream | null} */
  #stream = null;
  /** What browsers give up early unless somebody plays it. */
  #sink = new Audio();

  /** @param {Request} request @param {RTCIceServer[]} iceServers */
  constructor(request, iceServers) {
    this.#request = request;
    this.#up = track(new RTCPeerConnection({ iceServers }));
    this.#down = track(new RTCPeerConnection({ iceServers }));
    this.#sink.muted = true;
    this.#down.ontrack = ({ track: sound }) => {
      this.#stream = new MediaStream([sound]);
      this.#sink.srcObject = this.#stream;
      this.#sink.play().catch(() => {});
    };
  }

  /**
   * Resolves with what comes back, once something does. Rejects with `Refused`, or when nothing comes.
   *
   * @param {MediaStreamTrack} microphone
   * @returns {Promise<MediaStream>}
   */
  async connect(microphone) {
    const early = gather(this.#up);
    this.#up.addTransceiver(microphone, { direction: "sendrecv", streams: [new MediaStream()] });
    await this.#up.setLocalDescription();
    const { talk, hear } = await this.#request("check.begin", { sdp: this.#up.localDescription?.sdp });
    early.for((candidate) => this.#tell(talk.seat, candidate));
    await this.#up.setRemoteDescription({ type: "answer", sdp: talk.sdp });
    gather(this.#down).for((candidate) => this.#tell(hear.seat, candidate));
    await this.#down.setRemoteDescription({ type: "offer", sdp: hear.sdp });
    await this.#down.setLocalDescription();
    await this.#request("check.answer", { sdp: this.#down.localDescription?.sdp });
    await this.#until(async () => (await find(this.#down, "inbound-rtp"))?.packetsReceived > 0);
    return /** @type {MediaStream} */ (this.#stream);
  }

  /** @param {boolean | null} relay @returns {Promise<Way>} */
  async measure(relay) {
    const up = await this.#up.getStats();
    const sent = await find(this.#up, "outbound-rtp");
    const remote = await find(this.#up, "remote-inbound-rtp");
    const came = await find(this.#down, "inbound-rtp");
    const pair = [...up.values()].find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
    const lossUp = Math.max(0, remote?.packetsLost ?? 0) / Math.max(1, sent?.packetsSent ?? 1);
    const lossDown = Math.max(0, came?.packetsLost ?? 0) / Math.max(1, (came?.packetsReceived ?? 0) + (came?.packetsLost ?? 0));
    const delay = remote?.roundTripTime ?? pair?.currentRoundTripTime ?? 0;
    return { route: routeOf(up.get(pair?.localCandidateId)), loss: Math.max(lossUp, lossDown), delay, relay };
  }

  close() {
    this.#up.close();
    this.#down.close();
    this.#sink.srcObject = null;
    this.#request("check.end").catch(() => {});
  }

  /** @param {string} seat @param {RTCIceCandidate | null} candidate */
  #tell(seat, candidate) {
    this.#request("check.candidate", { seat, candidate: candidate ? candidate.toJSON() : null }).catch(() => {});
  }

  /** @param {() => Promise<boolean>} condition */
  async #until(condition) {
    const end = performance.now() + PATIENCE_MS;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error("no way");
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/**
 * Whether the relay can be reached from here; null when there is none.
 *
 * @param {RTCIceServer[]} iceServers
 * @returns {Promise<boolean | null>}
 */
export async function reachesRelay(iceServers) {
  if (iceServers.length === 0) return null;
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  try {
    peer.addTransceiver("audio");
    const found = new Promise((resolve) => {
      peer.onicecandidate = ({ candidate }) => (candidate ? candidate.type === "relay" && resolve(true) : resolve(false));
      setTimeout(() => resolve(false), RELAY_MS);
    });
    await peer.setLocalDescription();
    return await found;
  } finally {
    peer.close();
  }
}

/** Keeps what a browser finds until somebody wants it. @param {RTCPeerConnection} peer */
function gather(peer) {
  /** @type {(RTCIceCandidate | null)[]} */
  const early = [];
  /** @type {(candidate: RTCIceCandidate | null) => void} */
  let take = (candidate) => early.push(candidate);
  peer.onicecandidate = ({ candidate }) => take(candidate);
  return {
    /** @param {(candidate: RTCIceCandidate | null) => void} fn */
    for(fn) {
      take = fn;
      early.splice(0).forEach(fn);
    },
  };
}

/** @param {any} local the candidate of this side @returns {Way["route"]} */
function routeOf(local) {
  if (!local) return "none";
  const tcp = local.protocol === "tcp" || ["tcp", "tls"].includes(local.relayProtocol);
  if (tcp) return "tcp";
  return local.candidateType === "relay" ? "relay" : "direct";
}

/** @param {RTCPeerConnection} peer @param {string} type @returns {Promise<any>} */
async function find(peer, type) {
  return [...(await peer.getStats()).values()].find((entry) => entry.type === type && (entry.kind ?? "audio") === "audio");
}
