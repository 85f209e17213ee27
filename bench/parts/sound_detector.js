// When sound begins and ends, and taps, in any page: ours and the other side's alike. Times are milliseconds of one
// clock for all pages (performance.timeOrigin + performance.now). Sound is taken behind the decoder, ten
// milliseconds at a time; a beginning is told to the sample.
(() => {
  const LOUD = 0.02;
  const QUIET_MS = 150;
  const now = () => performance.timeOrigin + performance.now();
  const ears = { onsets: [], lastLoud: 0, taps: [], quiets: [], now, listen, longestQuiet };

  /** @param {number} since @returns {number} milliseconds of the longest silence that ended after it, or goes on */
  function longestQuiet(since) {
    const all = [...ears.quiets, [ears.lastLoud, now()]].filter(([, end]) => end > since);
    return Math.max(...all.map(([start, end]) => end - Math.max(start, since - 100)));
  }

  /** @param {MediaStreamTrack} track */
  async function listen(track) {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 100 }).readable.getReader();
    for (;;) {
      const { value: block, done } = await reader.read();
      if (done) return;
      const end = now();
      const samples = new Float32Array(block.numberOfFrames);
      block.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const { sampleRate } = block;
      block.close();
      const first = samples.findIndex((level) => Math.abs(level) > LOUD);
      if (first < 0) continue;
      const at = end - ((samples.length - first) / sampleRate) * 1000;
      if (at - ears.lastLoud > QUIET_MS) ears.onsets.push(at);
      if (at - ears.lastLoud > 15) ears.quiets.push([ears.lastLoud, at]);
      ears.lastLoud = end;
    }
  }

  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...options) {
      super(...options);
      this.addEventListener("track", ({ track }) => track.kind === "audio" && listen(track));
    }
  };
  addEventListener("pointerdown", (event) => ears.taps.push(performance.timeOrigin + event.timeStamp), true);
  Object.defineProperty(window, "ears", { value: ears });
})();
