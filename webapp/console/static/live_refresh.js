/**
 * Keeps a page of the console as things stand. Without it every page works, and shows how things
 * stood when it was made.
 */

import { at } from "/static/js/url.js";

import { foretell } from "./impact_preview.js";
import { morph } from "./dom_morph.js";
import { fillInTime, renewSheet } from "./turn_off_popover.js";
import { inLocalTime, keepZoned } from "./local_time.js";

const PULSE_MS = 1000;

/** @typedef {{mark: string, status: {text: string, loud: boolean}}} Pulse `mark` changes whenever this page would */

/** @returns {Promise<Pulse>} */
async function pulse() {
  const answer = await fetch(at("/console/pulse"), { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`pulse: ${answer.status}`);
  return answer.json();
}

/** @returns {Promise<Document>} this page as it would be made now */
async function freshPage() {
  // What was searched for stands in no address: the form that found it is sent again.
  const again = document.querySelector("form[data-again]");
  const answer =
    again instanceof HTMLFormElement
      ? await fetch(again.action, { method: "POST", body: new FormData(again), headers: { Accept: "text/html" } })
      : await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`page: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** @param {Document} fresh */
function takeOver(fresh) {
  inLocalTime(fresh);
  for (const part of document.querySelectorAll("[data-live]")) {
    // Parts in a part come with it; the sheet has a page of its own.
    if (part.parentElement?.closest("[data-live], [data-sheet]")) continue;
    const next = fresh.querySelector(`[data-live="${part.getAttribute("data-live")}"]`);
    if (next) morph(part, next, { added: prepare, kept: () => tellOfChange(fresh) });
  }
}

/** Somebody is at work on what somebody else has changed. @param {Document} fresh */
function tellOfChange(fresh) {
  const notice = document.querySelector("[data-stale]");
  const latest = notice?.querySelector("[data-latest]");
  if (latest) latest.textContent = fresh.querySelector("[data-latest]")?.textContent ?? "";
  notice?.removeAttribute("hidden");
}

/** @param {Pulse["status"]} status */
function showStatus(status) {
  for (const place of document.querySelectorAll("[data-status]")) {
    const here = (place.getAttribute("data-status") === "loud") === status.loud;
    place.toggleAttribute("hidden", !here);
    // The loud one is read out: only what it begins to say, not each second that goes by.
    if (here && (place.textContent === "" || !status.loud)) place.textContent = status.text;
    if (!here) place.textContent = "";
  }
}

/** What a part of the page needs beside its HTML. @param {Document | Element} part */
function prepare(part) {
  foretell(part);
  keepZoned(part);
  offerCopies(part);
}

async function renew() {
  takeOver(await freshPage());
  if (sheet) await renewSheet(sheet, (part, fresh) => morph(part, fresh, { added: prepare, kept: () => undefined }));
}

async function follow() {
  // The page's own, not that of the first pulse: things may have changed while it was loaded.
  let mark = document.querySelector('meta[name="mark"]')?.getAttribute("content");
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PULSE_MS));
    if (document.hidden) continue;
    try {
      const now = await pulse();
      showStatus(now.status);
      if (now.mark !== mark) await renew();
      mark = now.mark;
    } catch (error) {
      // The server restarts or the network is gone: the next pulse tells.
      console.debug("console: no pulse", error);
    }
  }
}

/** @param {HTMLElement} button */
async function copy(button) {
  const field = document.getElementById(button.dataset.copy ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.copied ?? "";
}

/** @param {Document | Element} part */
function offerCopies(part) {
  for (const button of part.querySelectorAll("[data-copy]")) {
    if (!(button instanceof HTMLElement) || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

/** @type {HTMLElement | null} */
const sheet = document.querySelector("[data-sheet]");
if (sheet) fillInTime(sheet);
inLocalTime(document);
prepare(document);
void follow();
