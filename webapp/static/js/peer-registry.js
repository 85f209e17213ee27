/** @type {Set<RTCPeerConnection>} */
const peers = new Set();

/** Makes a peer connection findable for tests and benchmarks until it is closed. @param {RTCPeerConnection} peer */
export function track(peer) {
  for (const old of peers) if (old.connectionState === "closed") peers.delete(old);
  peers.add(peer);
  return peer;
}

/** @returns {RTCPeerConnection[]} */
export function openPeers() {
  return [...peers].filter((peer) => peer.connectionState !== "closed");
}

Object.assign(window, { soundcheck: { peers: openPeers } });
