const LOOK_MS = 100;
const SAMPLES = 2048;
/** Louder than this is a voice and not a room: -44 dB of full scale. */
const VOICE = 0.0063;
/** Looks of the last second that must be loud: a cough or a key is shorter. */
const ENOUGH = 5;
const REMEMBERED = 10;

/** @type {AudioContext | null} */
let context = null;

/**
 * Follows the loudness of a microphone, on this machine only. Nothing else depends on it: where the browser holds
 * its audio context back, there is no level, and that is all.
 */
export class Voice {
  #copy;
  #source;
  #analyser;
  #samples = new Float32Array(SAMPLES);
  /** @type {boolean[]} */
  #loud = [];
  #timer;

  /**
   * @param {MediaStreamTrack} track also one that is disabled: a copy of it is looked at
   * @param {(level: number, talking: boolean) => void} tell ten times a second; level 0..1, as loudness is felt
   */
  constructor(track, tell) {
    context ??= new AudioContext();
    context.resume().catch(() => {});
    this.#copy = track.clone();
    this.#copy.enabled = true;
    this.#source = context.createMediaStreamSource(new MediaStream([this.#copy]));
    this.#analyser = new AnalyserNode(context, { fftSize: SAMPLES });
    this.#source.connect(this.#analyser);
    this.#timer = window.setInterval(() => tell(...this.#look()), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#source.disconnect();
    this.#copy.stop();
  }

  /** @returns {[number, boolean]} */
  #look() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
    this.#loud = [...this.#loud, Math.sqrt(power) > VOICE].slice(-REMEMBERED);
    const decibels = 10 * Math.log10(power + 1e-9);
    return [Math.min(1, Math.max(0, (decibels + 60) / 50)), this.#loud.filter(Boolean).length >= ENOUGH];
  }
}
