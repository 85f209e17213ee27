/**
 * How this browser picks up its person's voice. `microphone` is the id that the browser gives to a device ("" is the
 * system's own choice) and `name` what it was called then. `keepOpen`: whether the microphone stays on while muted,
 * so that this page can notice talking; null as long as nobody was asked.
 *
 * @typedef {object} Preferences
 * @property {string} microphone
 * @property {string} name
 * @property {boolean} echoCancellation
 * @property {boolean} noiseSuppression
 * @property {boolean} autoGainControl
 * @property {boolean | null} keepOpen
 */

const KEY = "soundcheck.microphone";

/** @type {Preferences} */
const USUAL = {
  microphone: "",
  name: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  keepOpen: null,
};

export const PROCESSING = /** @type {const} */ (["echoCancellation", "noiseSuppression", "autoGainControl"]);

/** What was remembered in this browser, or the usual. @returns {Preferences} */
export function preferences() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    // Storage that is closed or spoilt must not keep anybody from talking.
    return USUAL;
  }
}

/** @param {Partial<Preferences>} change @returns {Preferences} */
export function remember(change) {
  const now = { ...preferences(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // Good for as long as this page is open.
  }
  return now;
}
