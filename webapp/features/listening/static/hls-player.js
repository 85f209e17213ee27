import { at } from "/static/js/url.js";
import { playWhereChosen } from "/static/js/audio-output.js";

/** @typedef {import("/static/vendor/hls.js").default} Hls */
/**
 * @typedef {object} Position how far a stream has played, and how it arrives
 * @property {number} played seconds
 * @property {number} ahead seconds that are there already
 * @property {number | null} behind seconds behind the newest that the server has
 * @property {number} stalls times that nothing more was there to play
 * @property {number | null} loading ms that the last segment took; null, as `kbps`, where the browser loads by itself
 * @property {number | null} kbps what the way to here carries
 */

const LOOK_AGAIN_MS = 400;
/** A stream that nobody heard before takes four seconds to begin. */
const MOST_LOOKS = 40;
/** Whoever begins with fewer stays so near to the newest one that every hitch is heard (RFC 8216, 6.3.3). */
const FEWEST_SEGMENTS = 3;

/**
 * Behind the newest segment: further is later than need be; nearer falters where the network does, or where the server
 * that gives the segments away is exchanged. Seconds.
 */
const BEHIND = { liveSyncDuration: 3.5, liveMaxLatencyDuration: 6, maxLiveSyncPlaybackRate: 1.1 };
/**
 * A server that is exchanged is away for some seconds, and asked again until it is back; what it refuses is over.
 * @param {{maxNumRetry: number} | null | undefined} policy @param {number} count @param {boolean} _late
 * @param {{code?: number} | undefined} answer
 */
function isWorthAsking(policy, count, _late, answer) {
  const code = answer?.code ?? 0;
  return count < (policy?.maxNumRetry ?? 0) && !(code >= 400 && code < 500);
}

const AGAIN = { maxNumRetry: 60, retryDelayMs: 250, maxRetryDelayMs: 1000, shouldRetry: isWorthAsking };
const LOADING = {
  default: { maxTimeToFirstByteMs: 10_000, maxLoadTimeMs: 20_000, timeoutRetry: AGAIN, errorRetry: AGAIN },
};
const PATIENCE = { manifestLoadPolicy: LOADING, playlistLoadPolicy: LOADING, fragLoadPolicy: LOADING };

/** Workers would need a policy of their own. Buffers of a minute are for films. */
const PLAYER = { ...BEHIND, ...PATIENCE, enableWorker: false, maxBufferLength: 10, backBufferLength: 5 };

const NATIVE = "application/vnd.apple.mpegurl";

/** Whether there is enough to begin with. @param {string} address of a playlist */
async function hasBegun(address) {
  const answer = await fetch(address).catch(() => null);
  return answer?.ok && (await answer.text()).split("#EXTINF").length > FEWEST_SEGMENTS;
}

/** @param {TimeRanges} ranges of a media element @returns {number | null} in its seconds */
function endOf(ranges) {
  return ranges.length ? ranges.end(ranges.length - 1) : null;
}

/** Another address, or the end, may come before the first sound. @param {DOMException} error */
function leaveToOthers(error) {
  if (error.name !== "AbortError") throw error;
}

/**
 * The sound of a Space through HLS, a few seconds late. `open()` waits until there is something, `play()` plays it.
 * Event: "broken" when it is over without having been dropped.
 */
export class Late extends EventTarget {
  /** Where the server has put us; null when it has not. @type {string | null} */
  address = null;
  playing = false;
  #audio = playWhereChosen(new Audio());
  /** @type {Hls | null} */
  #player = null;
  #stalls = 0;
  /** @type {number | null} */
  #loading = null;
  /** Ends what waits for an address that is not ours any more. */
  #turn = 0;

  constructor() {
    super();
    this.#audio.addEventListener("playing", () => performance.mark("soundcheck:playing"));
    this.#audio.addEventListener("waiting", () => this.#noteStall());
    this.#audio.addEventListener("error", () => this.playing && !this.#player && this.#break());
  }

  /** To be called in the gesture itself: browsers let only that begin to sound. */
  unlock() {
    if (this.playing) return;
    this.#audio.srcObject ??= new MediaStream();
    this.#audio.play().catch(() => {});
  }

  /** Takes an address and waits until there is enough. What plays goes on until then. @param {string} address */
  async open(address) {
    this.address = address;
    const turn = ++this.#turn;
    for (let look = 0; look < MOST_LOOKS && turn === this.#turn; look += 1) {
      if (await hasBegun(at(address))) return;
      await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
    }
    if (turn === this.#turn) this.drop();
    throw Object.assign(new Error("there is no stream"), { code: "seat_gone" });
  }

  /** Rejects with NotAllowedError when the browser wants a gesture. */
  async play() {
    if (!this.address) return;
    this.#unload();
    this.playing = true;
    const turn = this.#turn;
    await this.#load(at(this.address));
    if (turn !== this.#turn) return this.#unload();
    try {
      await this.#audio.play().catch(leaveToOthers);
    } catch (error) {
      this.playing = false;
      this.#unload();
      throw error;
    }
  }

  /** @returns {Position} */
  get position() {
    const { buffered, currentTime, seekable } = this.#audio;
    const player = this.#player;
    const edge = endOf(seekable);
    return {
      played: currentTime,
      // Past a gap it waits where nothing is yet.
      ahead: Math.max(0, (endOf(buffered) ?? 0) - currentTime),
      behind: player ? player.latency : edge && edge - currentTime,
      stalls: this.#stalls,
      loading: this.#loading,
      kbps: player && player.bandwidthEstimate / 1000,
    };
  }

  drop() {
    this.#turn += 1;
    this.address = null;
    this.playing = false;
    this.#unload();
  }

  /** @param {string} address */
  async #load(address) {
    const { default: Player } = await import("/static/vendor/hls.js");
    this.#audio.srcObject = null;
    if (!Player.isSupported()) {
      if (!this.#audio.canPlayType(NATIVE)) throw new Error("this browser plays no HLS");
      this.#audio.src = address;
      return;
    }
    const player = new Player(PLAYER);
    this.#player = player;
    player.on(Player.Events.ERROR, (_event, { fatal }) => fatal && player === this.#player && this.#break());
    player.on(Player.Events.FRAG_LOADED, (_event, { frag }) => (this.#loading = frag.stats.loading.end - frag.stats.loading.start));
    player.loadSource(address);
    // Whoever asks to play before that is told that something else came in between.
    const attached = new Promise((done) => player.once(Player.Events.MEDIA_ATTACHED, done));
    player.attachMedia(this.#audio);
    await attached;
  }

  #unload() {
    this.#player?.destroy();
    this.#player = null;
    this.#loading = null;
    this.#audio.pause();
    this.#audio.removeAttribute("src");
  }

  #noteStall() {
    const { played, seeking } = this.#audio;
    // It also waits before the first sound, and where it jumps to after a stall.
    if (played.length && !seeking) this.#stalls += 1;
  }

  #break() {
    this.drop();
    this.dispatchEvent(new Event("broken"));
  }
}
