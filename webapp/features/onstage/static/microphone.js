const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

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

/** Asks for the microphone. Rejects with `MicrophoneTrouble`. @returns {Promise<MediaStreamTrack>} */
export async function openMicrophone() {
  if (!navigator.mediaDevices) throw new MicrophoneTrouble("refused");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: SOUND });
    return stream.getAudioTracks()[0];
  } catch (error) {
    throw new MicrophoneTrouble(TROUBLES[/** @type {DOMException} */ (error).name] ?? "failed");
  }
}
