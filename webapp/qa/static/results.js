/** Shows how far figures are, and the page with them once they are there. */

const AGAIN_MS = 400;

const place = document.querySelector("[data-progress]");
if (place instanceof HTMLElement) void follow(place);

/** @param {HTMLElement} place */
async function follow(place) {
  const bar = place.querySelector("progress");
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    const told = await progress(place.dataset.progress ?? "");
    if (told?.finished) return location.reload();
    if (!bar || !told?.of) continue;
    bar.max = told.of;
    bar.value = told.done;
  }
}

/** @param {string} address @returns {Promise<{done: number, of: number, finished: boolean} | null>} null while the server is away */
async function progress(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
