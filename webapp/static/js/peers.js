const GRACE_MS = 3000;

/** @type {Set<RTCPeerConnection>} */
const peers = new Set();

/** Makes a peer connection findable for tests and benchmarks until it is closed. @param {RTCPeerConnection} peer */
export function track(peer) {
  for (const old of peers) if (old.connectionState === "closed") peers.delete(old);
  peers.add(peer);
  return peer;
}

/**
 * Tells once when a connection is lost: at once when it failed or the other side hung up, after a while when it may
 * only be a short break of the network.
 *
 * @param {RTCPeerConnection} peer with its local description set
 * @param {() => void} lost
 */
export function watch(peer, lost) {
  const ended = new AbortController();
  const { signal } = ended;
  let grace = 0;
  const tell = () => {
    if (signal.aborted) return;
    ended.abort();
    if (peer.signalingState !== "closed") lost();
  };
  const look = () => {
    clearTimeout(grace);
    if (peer.connectionState === "failed") tell();
    if (peer.connectionState === "disconnected") grace = window.setTimeout(tell, GRACE_MS);
  };
  const transport = peer.getTransceivers()[0]?.receiver.transport;
  transport?.addEventListener("statechange", () => transport.state === "closed" && tell(), { signal });
  peer.addEventListener("connectionstatechange", look, { signal });
}

Object.assign(window, {
  soundcheck: { peers: () => [...peers].filter((peer) => peer.connectionState !== "closed") },
});
