import { PROCESSING, remember } from "./stored-preferences.js";

/** @typedef {import("./stored-preferences.js").Preferences} Preferences */
/** @typedef {{id: string, name: string}} Device */

/** Names that browsers give to what went wrong, and ours. @type {Record<string, string>} */
const TROUBLES = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Why there is no microphone. `trouble`: refused, missing, busy or failed. */
export class MicrophoneTrouble extends Error {
  /** @param {string} trouble */
  constructor(trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/**
 * Microphones or outputs, without the browser's two doubles of the system's own choice. Their names are empty until a
 * microphone was allowed.
 *
 * @param {"audioinput" | "audiooutput"} kind
 * @returns {Promise<Device[]>}
 */
export async function devices(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all
    .filter((one) => one.kind === kind && !["", "default", "communications"].includes(one.deviceId))
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Whether there is any microphone at all, be it only the system's own choice. @returns {Promise<boolean>} */
export async function hasMicrophone() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.some(({ kind }) => kind === "audioinput");
}

/**
 * Opens the preferred microphone, or the system's choice when that one is away or in use elsewhere. Rejects with
 * `MicrophoneTrouble`.
 *
 * @param {Preferences} wanted
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openTrack(wanted) {
  if (!navigator.mediaDevices) throw new MicrophoneTrouble("refused");
  const processing = Object.fromEntries(PROCESSING.map((name) => [name, wanted[name]]));
  const id = await idOf(wanted);
  try {
    return await open(id ? { ...processing, deviceId: { exact: id } } : processing);
  } catch (error) {
    const trouble = TROUBLES[/** @type {DOMException} */ (error).name] ?? "failed";
    if (!id || trouble === "refused") throw new MicrophoneTrouble(trouble);
    return openTrack({ ...wanted, microphone: "", name: "" });
  }
}

/** Under another id, it is still the same device if it is called the same. @param {Preferences} wanted */
async function idOf({ microphone, name }) {
  if (!microphone) return "";
  const all = await devices("audioinput");
  if (all.some(({ id }) => id === microphone)) return microphone;
  const again = all.find((one) => name && one.name === name);
  if (again) remember({ microphone: again.id });
  return again?.id ?? microphone;
}

/** @param {MediaTrackConstraints} audio */
async function open(audio) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...audio, channelCount: 1 } });
  return stream.getAudioTracks()[0];
}
