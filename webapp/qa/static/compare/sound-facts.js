/** @typedef {import("./pane.js").Pane} Pane */
/** @typedef {{label: string, value: string}} Fact */
/** @typedef {(key: string, vars?: Record<string, string | number>) => string} Translate */

const LOOK_MS = 30;
const PATIENCE_MS = 15_000;
const TAP = "soundcheck:tap";
const PLAYING = "soundcheck:playing";
/** Where a browser that plays HLS itself does not tell. */
const NOTHING = "–";

/** How soon a pane sounds after the tap, and how well. */
export class PaneSound {
  /** From the tap to the first sound; null before there was any. @type {number | null} */
  firstMs = null;
  #pane;
  #tap = 0;
  #looking = false;

  /** @param {Pane} pane */
  constructor(pane) {
    this.#pane = pane;
    pane.addEventListener("page", () => (this.#tap = 0));
    setInterval(() => this.#look(), LOOK_MS);
  }

  #look() {
    const { performance } = this.#pane.window ?? {};
    const tap = performance?.getEntriesByName(TAP).at(-1)?.startTime ?? 0;
    if (!tap || tap === this.#tap || this.#looking) return;
    this.#looking = true;
    this.#sounds(tap)
      .then((sounds) => {
        const waited = performance.now() - tap;
        if (sounds) this.firstMs = Math.round(waited);
        if (sounds || waited > PATIENCE_MS) this.#tap = tap;
      })
      .catch(() => {})
      .finally(() => (this.#looking = false));
  }

  /** @param {number} tap when somebody asked for sound */
  async #sounds(tap) {
    const reports = await Promise.all(this.#receivers().map((one) => one.getStats()));
    const all = reports.flatMap((report) => [...report.values()]);
    const { performance } = this.#pane.window;
    // By what arrives, not by its level: that is nought in a pane which is not heard.
    const arrived = all.filter(({ type }) => type === "inbound-rtp").map((entry) => entry.lastPacketReceivedTimestamp ?? 0);
    if (Math.max(0, ...arrived) > performance.timeOrigin + tap) return true;
    // Sound that does not come by WebRTC has no such packets.
    const played = performance.getEntriesByName(PLAYING).at(-1)?.startTime ?? 0;
    return reports.length === 0 && played > tap;
  }

  /** @returns {RTCRtpReceiver[]} */
  #receivers() {
    const peers = this.#pane.window.soundcheck?.peers() ?? [];
    return peers.flatMap((peer) => peer.getReceivers()).filter(({ track }) => track.kind === "audio");
  }

  /** @param {Translate} t @returns {Promise<Fact[]>} nothing where nothing is received */
  async facts(t) {
    const stream = this.#pane.preview?.stream();
    if (stream) return streamed(stream, t);
    const reports = await Promise.all(this.#receivers().map((receiver) => receiver.getStats()));
    const all = reports.flatMap((report) => [...report.values()]);
    const inbound = all.filter(({ type }) => type === "inbound-rtp");
    if (inbound.length === 0) return [];
    return [...received(inbound, t), ...route(all, t)];
  }
}

/** @param {any[]} inbound @param {Translate} t @returns {Fact[]} */
function received(inbound, t) {
  const total = (/** @type {string} */ name) => inbound.reduce((sum, entry) => sum + (entry[name] ?? 0), 0);
  const [packets, lost] = [total("packetsReceived"), total("packetsLost")];
  const [waited, emitted] = [total("jitterBufferDelay"), total("jitterBufferEmittedCount")];
  return [
    { label: t("qa.compare.path"), value: "WebRTC" },
    { label: t("qa.compare.packets"), value: String(packets) },
    { label: t("qa.compare.lost"), value: percent(lost, packets + lost) },
    { label: t("qa.compare.concealed"), value: percent(total("concealedSamples"), total("totalSamplesReceived")) },
    { label: t("qa.compare.jitter"), value: ms(Math.max(...inbound.map((entry) => entry.jitter ?? 0))) },
    { label: t("qa.compare.buffer"), value: ms(emitted ? waited / emitted : 0) },
  ];
}

/** @param {import("./pane.js").Stream} stream @param {Translate} t @returns {Fact[]} */
function streamed({ behind, ahead, stalls, loading, kbps }, t) {
  return [
    { label: t("qa.compare.path"), value: "HLS" },
    { label: t("qa.compare.behind"), value: behind === null ? NOTHING : `${behind.toFixed(1)} s` },
    { label: t("qa.compare.ahead"), value: `${ahead.toFixed(1)} s` },
    { label: t("qa.compare.stalls"), value: String(stalls) },
    { label: t("qa.compare.segment"), value: loading === null ? NOTHING : ms(loading / 1000) },
    { label: t("qa.compare.bandwidth"), value: kbps === null ? NOTHING : `${Math.round(kbps)} kbit/s` },
  ];
}

/** @param {any[]} all @param {Translate} t @returns {Fact[]} */
function route(all, t) {
  const pair = all.find(({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded");
  return pair ? [{ label: t("qa.compare.round_trip"), value: ms(pair.currentRoundTripTime ?? 0) }] : [];
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  return `${(whole ? (100 * part) / whole : 0).toFixed(1)} %`;
}

/** @param {number} seconds */
function ms(seconds) {
  return `${Math.round(seconds * 1000)} ms`;
}
