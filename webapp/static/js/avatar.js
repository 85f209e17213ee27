import { el } from "/static/js/dom.js";

const TONES = 8;

/** @param {string} name @returns {string} one or two letters */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0].toLocaleUpperCase()).join("") || "?";
}

/** The same person has the same tone everywhere. @param {string} id */
export function tone(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % TONES;
}

/**
 * Tells everybody that somebody is there to look at the product, not to take part in earnest.
 *
 * @param {import("/types.js").Person} person
 */
export function qaMark(person) {
  return person.qa ? el("span", { className: "qa-mark", textContent: "QA" }) : null;
}

/** @param {import("/types.js").Person} person */
export function avatar(person) {
  return el("span", {
    className: "avatar",
    data: { tone: String(tone(person.id)) },
    aria: { hidden: "true" },
    textContent: initials(person.name),
  });
}
