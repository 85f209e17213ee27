/**
 * Keeps a page of the console as things stand. Without it every page works, and shows how things
 * stood when it was made.
 */

import { foretell } from "./effect.js";
import { inLocalTime, keepZoned } from "./zone.js";

const PULSE_MS = 1000;

/** What somebody has begun to change is theirs until they send it or leave. */
const isBusy = (/** @type {Element} */ part) =>
  part.contains(document.activeElement) || [...part.querySelectorAll("input, select, textarea")].some(isChanged);

/** @param {Element} field */
function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    return [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  if (field instanceof HTMLInputElement && field.type === "hidden") return false;
  if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type)) return field.checked !== field.defaultChecked;
  return (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.value !== field.defaultValue;
}

/** @returns {Promise<string>} changes whenever this page would */
async function pulse() {
  const answer = await fetch("/console/pulse", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`pulse: ${answer.status}`);
  return (await answer.json()).mark;
}

/** @returns {Promise<Document>} this page as it would be made now */
async function freshPage() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`page: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** @param {Document} fresh */
function takeOver(fresh) {
  inLocalTime(fresh);
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.querySelector(`[data-live="${part.getAttribute("data-live")}"]`);
    if (!next || sameText(next, part)) continue;
    if (isBusy(part)) tellOfChange(fresh);
    else {
      part.replaceWith(document.adoptNode(next));
      prepare(next);
    }
  }
}

/** Somebody is at work on what somebody else has changed. @param {Document} fresh */
function tellOfChange(fresh) {
  const notice = document.querySelector("[data-stale]");
  const latest = notice?.querySelector("[data-latest]");
  if (latest) latest.textContent = fresh.querySelector("[data-latest]")?.textContent ?? "";
  notice?.removeAttribute("hidden");
}

/** Equal but for the forms' tokens, which differ every time, and what scripts wrote themselves.
 * @param {Element} a @param {Element} b */
function sameText(a, b) {
  const told = (/** @type {Element} */ part) => {
    const copy = /** @type {Element} */ (part.cloneNode(true));
    for (const own of copy.querySelectorAll("[data-own]")) own.replaceChildren();
    return copy.innerHTML.replace(/name="csrf_token" value="[^"]*"/g, "");
  };
  return told(a) === told(b);
}

/** What a part of the page needs beside its HTML. @param {Document | Element} part */
function prepare(part) {
  foretell(part);
  keepZoned(part);
}

async function follow() {
  let mark = await pulse();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PULSE_MS));
    if (document.hidden) continue;
    try {
      const now = await pulse();
      if (now !== mark) takeOver(await freshPage());
      mark = now;
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

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLElement) || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", () => void copy(button));
}

inLocalTime(document);
prepare(document);
if (document.querySelector("[data-live]")) void follow();
