const KEY = "soundcheck.output";

/** @type {Set<WeakRef<HTMLAudioElement>>} */
const playing = new Set();

/** Browsers on phones leave this choice to the system. */
export const canChooseOutput = "setSinkId" in HTMLMediaElement.prototype;

/** The output that was chosen in this browser; "" is the system's own. */
export function chosenOutput() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Lets an element play where the person wants to hear it, now and after every other choice. @param {HTMLAudioElement} audio */
export function playWhereChosen(audio) {
  for (const one of playing) if (!one.deref()) playing.delete(one);
  playing.add(new WeakRef(audio));
  direct(audio, chosenOutput());
  return audio;
}

/**
 * Remembers a choice and moves everything that plays there. Rejects with a DOMException when there is no such output.
 *
 * @param {string} id
 */
export async function chooseOutput(id) {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // Good for as long as this page is open.
  }
  await Promise.all([...playing].map((one) => one.deref()?.setSinkId(id)));
}

/** @param {HTMLAudioElement} audio @param {string} id */
function direct(audio, id) {
  if (canChooseOutput && audio.sinkId !== id) audio.setSinkId(id).catch(() => {});
}

/** An output that is unplugged gives way to the system's own, until it is back. */
async function follow() {
  const outputs = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "audiooutput");
  // Without ids, nothing is told about what is there.
  if (!outputs.some(({ deviceId }) => deviceId)) return;
  const wanted = chosenOutput();
  const there = outputs.some(({ deviceId }) => deviceId === wanted) ? wanted : "";
  for (const one of playing) {
    const audio = one.deref();
    if (audio) direct(audio, there);
  }
}

navigator.mediaDevices?.addEventListener("devicechange", () => follow().catch(() => {}));
