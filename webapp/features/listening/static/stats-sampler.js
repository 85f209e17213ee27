/**
 * One second of sound as `RTCPeerConnection.getStats` gives it. Loss, jitter, buffer and round trip are of what is
 * heard; `sent_*` is of what is sent, as the other side reports it. Names and units as the server checks them.
 *
 * @typedef {object} Sample
 * @property {number} at milliseconds since 1970
 * @property {"seat" | "stage" | "hls"} path
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number} concealed share 0..1 of the sound that had to be made up
 * @property {number | null} jitter ms
 * @property {number | null} buffer ms, mean time in the jitter buffer
 * @property {number | null} rtt ms
 * @property {number} kbps
 * @property {number} level 0..1
 * @property {string} codec
 * @property {"host" | "srflx" | "prflx" | "relay" | null} route how this browser reaches the server
 * @property {"udp" | "tcp" | "tls" | null} protocol
 * @property {number | null} sent_kbps
 * @property {number | null} sent_loss share 0..1
 * @property {number | null} sent_level 0..1
 * @property {number} [score] 1..4.5, as the server answered
 */

/**
 * @typedef {object} Totals counters of one connection since it began
 * @property {number} at
 * @property {number} received
 * @property {number} lost
 * @property {number} bytes
 * @property {number} sentBytes
 * @property {number} samples
 * @property {number} concealed
 * @property {number} buffered seconds that all samples together waited
 * @property {number} emitted samples
 * @property {boolean} sends
 * @property {Pick<Sample, "jitter" | "rtt" | "level" | "codec" | "route" | "protocol" | "sent_loss" | "sent_level">} now
 */

const STREAM_SLACK = 0.12;
const ROUTES = ["host", "srflx", "prflx", "relay"];
const PROTOCOLS = ["udp", "tcp", "tls"];

/** @param {number} value @param {number} digits */
const rounded = (value, digits) => Number(value.toFixed(digits));

/** @param {unknown} value @param {number} factor @param {number} digits @returns {number | null} */
const given = (value, factor, digits) => (typeof value === "number" && Number.isFinite(value) && value >= 0 ? rounded(value * factor, digits) : null);

/** @param {unknown} value */
const share = (value) => Math.min(1, given(value, 1, 4) ?? 0);

/** @param {unknown} value @param {string[]} allowed @returns {any} */
const oneOf = (value, allowed) => (allowed.includes(String(value)) ? value : null);

/**
 * @param {RTCStatsReport} report
 * @param {number} at
 * @returns {Totals}
 */
export function totals(report, at) {
  const all = [...report.values()];
  const find = (/** @type {string} */ type) => all.find((one) => one.type === type && (one.kind ?? "audio") === "audio") ?? {};
  const heard = find("inbound-rtp");
  const sent = find("outbound-rtp");
  const back = find("remote-inbound-rtp");
  const pair = selectedPair(report, all);
  const local = report.get(pair.localCandidateId) ?? {};
  const codec = report.get(heard.codecId) ?? {};
  return {
    at,
    received: heard.packetsReceived ?? 0,
    lost: heard.packetsLost ?? 0,
    bytes: heard.bytesReceived ?? 0,
    sentBytes: sent.bytesSent ?? 0,
    samples: heard.totalSamplesReceived ?? 0,
    concealed: heard.concealedSamples ?? 0,
    buffered: heard.jitterBufferDelay ?? 0,
    emitted: heard.jitterBufferEmittedCount ?? 0,
    sends: sent.bytesSent !== undefined,
    now: {
      jitter: given(heard.jitter, 1000, 1),
      rtt: given(pair.currentRoundTripTime ?? back.roundTripTime, 1000, 1),
      level: share(heard.audioLevel),
      codec: String(codec.mimeType ?? "").replace(/^audio\//, "").replace(/[^A-Za-z0-9._-]/g, "").slice(0, 24),
      route: oneOf(local.candidateType, ROUTES),
      protocol: oneOf(local.relayProtocol ?? local.protocol, PROTOCOLS),
      sent_loss: given(back.fractionLost, 1, 4),
      sent_level: given(find("media-source").audioLevel, 1, 4),
    },
  };
}

/**
 * What happened between two looks at one connection.
 *
 * @param {Totals} before
 * @param {Totals} now
 * @returns {Sample}
 */
export function sample(before, now) {
  const seconds = Math.max(0.1, (now.at - before.at) / 1000);
  const received = Math.max(0, now.received - before.received);
  const samples = now.samples - before.samples;
  const emitted = now.emitted - before.emitted;
  const made = samples > 0 ? (now.concealed - before.concealed) / samples : 0;
  return {
    at: now.at,
    path: now.sends ? "stage" : "seat",
    received,
    lost: Math.max(0, now.lost - before.lost),
    // When nothing comes the decoder soon makes up nothing either.
    concealed: received === 0 ? 1 : rounded(Math.min(1, Math.max(0, made)), 4),
    jitter: now.now.jitter,
    buffer: emitted > 0 ? given((now.buffered - before.buffered) / emitted, 1000, 1) : null,
    rtt: now.now.rtt,
    kbps: rounded((8 * Math.max(0, now.bytes - before.bytes)) / 1000 / seconds, 1),
    level: now.now.level,
    codec: now.now.codec,
    route: now.now.route,
    protocol: now.now.protocol,
    sent_kbps: now.sends ? rounded((8 * Math.max(0, now.sentBytes - before.sentBytes)) / 1000 / seconds, 1) : null,
    sent_loss: now.now.sent_loss,
    sent_level: now.now.sent_level,
  };
}

/**
 * What happened between two looks at sound that plays from a stream of segments: what is missing is the time in which
 * nothing moved on.
 *
 * @param {{at: number, played: number, ahead: number}} before seconds played, and seconds that are there already
 * @param {{at: number, played: number, ahead: number}} now
 * @returns {Sample}
 */
export function streamSample(before, now) {
  const passed = Math.max(0.1, (now.at - before.at) / 1000);
  const missing = 1 - (now.played - before.played) / passed;
  return {
    ...{ at: now.at, path: "hls", received: 0, lost: 0, kbps: 0, level: 0, codec: "aac" },
    // A stream that catches up plays a little faster or slower.
    concealed: missing < STREAM_SLACK ? 0 : rounded(Math.min(1, missing), 4),
    buffer: rounded(Math.min(600, Math.max(0, now.ahead)) * 1000, 0),
    ...{ jitter: null, rtt: null, route: null, protocol: null, sent_kbps: null, sent_loss: null, sent_level: null },
  };
}

/**
 * Several seconds as one: counters added up, the rest their means.
 *
 * @param {Sample[]} samples of one path, at least one
 */
export function batch(samples) {
  const last = samples[samples.length - 1];
  /** @param {keyof Sample} name @param {number} digits */
  const mean = (name, digits) => {
    const values = samples.map((one) => one[name]).filter((value) => typeof value === "number");
    return values.length ? rounded(values.reduce((sum, value) => sum + value, 0) / values.length, digits) : null;
  };
  /** @param {"received" | "lost"} name */
  const sum = (name) => samples.reduce((total, one) => total + one[name], 0);
  return {
    seconds: samples.length,
    path: last.path,
    received: sum("received"),
    lost: sum("lost"),
    concealed: mean("concealed", 4) ?? 0,
    jitter: mean("jitter", 1),
    buffer: mean("buffer", 1),
    rtt: mean("rtt", 1),
    kbps: mean("kbps", 1) ?? 0,
    level: mean("level", 4) ?? 0,
    codec: last.codec,
    route: last.route,
    protocol: last.protocol,
    sent_kbps: mean("sent_kbps", 1),
    sent_loss: mean("sent_loss", 4),
    sent_level: mean("sent_level", 4),
  };
}

/** @param {RTCStatsReport} report @param {any[]} all */
function selectedPair(report, all) {
  const transport = all.find((one) => one.type === "transport" && one.selectedCandidatePairId);
  if (transport) return report.get(transport.selectedCandidatePairId) ?? {};
  return all.find((one) => one.type === "candidate-pair" && (one.selected || (one.nominated && one.state === "succeeded"))) ?? {};
}
