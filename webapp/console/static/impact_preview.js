/**
 * Says what a form would do before it is sent: the server counts, and this shows how far it is.
 *
 * A form with `data-effect` is asked about whenever its content changes, one with
 * `data-effect-now` also at once; anything else with `data-effect` is asked about once.
 */

const PATIENCE_MS = 250;

/** @param {Document | Element} part */
export function foretell(part) {
  const asking = [...part.querySelectorAll("[data-effect]")];
  if (part instanceof Element && part.matches("[data-effect]")) asking.push(part);
  for (const element of asking) {
    if (element instanceof HTMLFormElement) followForm(element);
    else void tell(element.getAttribute("data-effect") ?? "", element, new AbortController().signal);
  }
}

/** @param {HTMLFormElement} form */
function followForm(form) {
  const place = form.querySelector("[data-effect-told]");
  if (!place) return;
  let asked = new AbortController();
  /** @type {number | undefined} */
  let waiting;
  const ask = () => {
    asked.abort();
    asked = new AbortController();
    void tell(questionOf(form), place, asked.signal);
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PATIENCE_MS);
  });
  if (form.hasAttribute("data-effect-now")) ask();
}

/** @param {HTMLFormElement} form @returns {string} */
function questionOf(form) {
  const address = new URL(form.dataset.effect ?? "", location.href);
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrf_token" && typeof value === "string") address.searchParams.append(name, value);
  }
  return address.href;
}

/** @param {string} question @param {Element} place @param {AbortSignal} signal */
async function tell(question, place, signal) {
  try {
    const answer = await fetch(question, { signal, headers: { Accept: "application/x-ndjson" } });
    if (!answer.ok || !answer.body) throw new Error(`effect: ${answer.status}`);
    for await (const line of linesOf(answer.body)) show(JSON.parse(line), place);
  } catch (error) {
    // A newer question has taken over, or the server is away: the form can be sent all the same.
    if (!signal.aborted) place.replaceChildren();
    console.debug("console: no effect", error);
  }
}

/** @param {ReadableStream<Uint8Array>} body */
async function* linesOf(body) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** @param {{progress?: string, lines?: string[], wrong?: string}} told @param {Element} place */
function show(told, place) {
  place.toggleAttribute("data-counting", Boolean(told.progress));
  place.classList.toggle("wrong", Boolean(told.wrong));
  const lines = told.lines ?? [told.progress ?? told.wrong ?? ""];
  place.replaceChildren(
    ...lines.map((text) => {
      const line = document.createElement("p");
      line.textContent = text;
      return line;
    }),
  );
}
