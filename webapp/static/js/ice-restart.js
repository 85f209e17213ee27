const SOON_MS = 100;
const AGAIN_MS = 1500;
const MOST_TRIES = 4;
/** How long the socket may bring nothing at first, before it counts as dead too: its network was the same. */
const PATIENCE_MS = 800;
const HEAR_MS = 400;
const SILENT_MS = 600;
/** Looks in a row. */
const SILENT_LOOKS = 2;
const PROBE_MS = 500;
/** Without sound only the path's own checks arrive, every 2.5 s. */
const SLOW_PROBE_MS = 3000;

/**
 * Keeps one peer connection going when the network changes: asks for an ICE restart on the same seat, again and again
 * while the network or the server is away. Says once when the connection is lost: the other side hung up, has no such
 * seat any more, or nothing helps.
 *
 * Browsers take some seconds to notice that a path leads nowhere. Where packets are expected 50 times a second, their
 * absence tells sooner.
 */
export class Mender {
  #peer;
  #acts;
  #timer = 0;
  #ear;
  /** Looks in a row at which no sound had come. */
  #silent = 0;
  /** Restarts since all was well: asked for, and answered. */
  #asked = 0;
  #tries = 0;
  #busy = false;
  #ended = new AbortController();

  /**
   * @param {RTCPeerConnection} peer with its local description set
   * @param {{restart: (patience: number) => Promise<void>, lost: () => void, plays: () => boolean, gone: string[]}} acts
   *   `restart` negotiates, and rejects with `Refused`, of which codes in `gone` are final; `plays` tells whether
   *   packets of sound are expected
   */
  constructor(peer, acts) {
    this.#peer = peer;
    this.#acts = acts;
    const { signal } = this.#ended;
    const transport = peer.getTransceivers()[0]?.receiver.transport;
    transport?.addEventListener("statechange", () => transport.state === "closed" && this.#lose(), { signal });
    peer.addEventListener("connectionstatechange", () => this.#look(), { signal });
    window.addEventListener("online", () => this.check(), { signal });
    this.#ear = setInterval(() => this.#hear(), HEAR_MS);
  }

  get #over() {
    return this.#ended.signal.aborted || this.#peer.signalingState === "closed";
  }

  get #connected() {
    return this.#peer.connectionState === "connected";
  }

  get #well() {
    return this.#connected && this.#silent < SILENT_LOOKS;
  }

  /** To be called when socket or network came back: a path that leads nowhere looks connected for some seconds. */
  async check() {
    if (this.#over) return;
    if (!this.#well) return this.#mend();
    const before = await arrived(this.#peer);
    await new Promise((resolve) => setTimeout(resolve, this.#acts.plays() ? PROBE_MS : SLOW_PROBE_MS));
    if (!this.#over && (await arrived(this.#peer)) <= before) this.#mend();
  }

  #hear() {
    if (this.#over) return clearInterval(this.#ear);
    const [source] = this.#peer.getReceivers()[0]?.getSynchronizationSources() ?? [];
    const ago = source ? performance.timeOrigin + performance.now() - source.timestamp : 0;
    const silent = this.#connected && this.#acts.plays() && ago > SILENT_MS;
    this.#silent = silent ? this.#silent + 1 : 0;
    if (this.#silent === SILENT_LOOKS) this.#mend();
    if (source && !silent) this.#asked = this.#tries = 0;
  }

  #look() {
    clearTimeout(this.#timer);
    if (this.#over) return;
    if (this.#peer.connectionState === "failed") this.#mend();
    if (this.#peer.connectionState === "disconnected") this.#later(SOON_MS);
  }

  async #mend() {
    if (this.#busy || this.#over) return;
    clearTimeout(this.#timer);
    if (this.#tries >= MOST_TRIES) return this.#lose();
    this.#busy = true;
    try {
      await this.#acts.restart(PATIENCE_MS * 2 ** Math.min(this.#asked, MOST_TRIES));
      this.#tries += 1;
    } catch (error) {
      if (this.#acts.gone.includes(/** @type {any} */ (error).code)) return this.#lose();
    } finally {
      this.#busy = false;
      this.#asked += 1;
    }
    this.#later(AGAIN_MS * Math.min(this.#asked, MOST_TRIES));
  }

  /** @param {number} delay milliseconds */
  #later(delay) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#well || this.#mend(), delay);
  }

  #lose() {
    if (this.#over) return;
    clearTimeout(this.#timer);
    this.#ended.abort();
    this.#acts.lost();
  }
}

/** @param {RTCPeerConnection} peer @returns {Promise<number>} grows with whatever comes in: sound, or answers of the path's checks */
async function arrived(peer) {
  let sum = 0;
  for (const entry of (await peer.getStats()).values()) {
    if (entry.type === "candidate-pair") sum += entry.bytesReceived + entry.responsesReceived;
  }
  return sum;
}
