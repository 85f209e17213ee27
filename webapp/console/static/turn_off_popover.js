/**
 * "Turn off now": what can be turned off is asked for when somebody is about to open the sheet, so
 * that no page has to carry it. Without this the sheet has a link to a page of its own.
 */

/** @param {HTMLElement} sheet @returns {Promise<Element>} the content as it would be made now */
async function content(sheet) {
  const answer = await fetch(sheet.dataset.sheet ?? "", { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`sheet: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector('[data-live="turn-off"]');
  if (!fresh) throw new Error("sheet: nothing in it");
  return fresh;
}

/** Fills the sheet when it is about to be needed. @param {HTMLElement} sheet */
export function fillInTime(sheet) {
  const place = sheet.querySelector("[data-sheet-content]");
  /** @type {Promise<void> | undefined} */
  let filling;
  const fill = () => {
    // The link in it stays when the server is away.
    filling ??= content(sheet).then(
      (fresh) => place?.replaceChildren(document.adoptNode(fresh)),
      (error) => {
        filling = undefined;
        console.debug("console: no sheet", error);
      },
    );
  };
  for (const opener of document.querySelectorAll(`[popovertarget="${sheet.id}"]`)) {
    for (const sign of ["pointerenter", "pointerdown", "focus"]) opener.addEventListener(sign, fill);
  }
  sheet.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") fill();
    else filling = undefined;
  });
  // Somebody was quicker than this script: the browser opens sheets by itself.
  if (sheet.matches(":popover-open")) fill();
}

/** The sheet as things stand now, if it is open. @param {HTMLElement} sheet @param {(part: Element, fresh: Element) => void} take */
export async function renewSheet(sheet, take) {
  const part = sheet.querySelector('[data-live="turn-off"]');
  if (part && sheet.matches(":popover-open")) take(part, await content(sheet));
}
