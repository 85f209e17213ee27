import { el } from "/static/js/dom.js";

/** What can be sent, in the order shown, with the key of its name. @type {[string, string][]} */
const EMOJI = [
  ["❤️", "heart"],
  ["👏", "applause"],
  ["😂", "laughing"],
  ["🎉", "party"],
  ["😮", "surprised"],
  ["🙌", "raised_hands"],
  ["💯", "hundred"],
  ["🤔", "thinking"],
];

/**
 * A group of buttons, each named by its emoji's name.
 *
 * @param {import("/types.js").Translate} t
 * @param {string} label
 * @param {(emoji: string) => void} pick
 */
export function palette(t, label, pick) {
  const buttons = EMOJI.map(([emoji, name]) =>
    el("button", {
      type: "button",
      className: "emoji",
      title: t(`reactions.${name}`),
      aria: { label: t(`reactions.${name}`) },
      textContent: emoji,
      on: { click: () => pick(emoji) },
    }),
  );
  const group = el("div", { className: "palette", role: "group", aria: { label } }, ...buttons);
  group.addEventListener("keydown", (event) => moveFocus(event, buttons));
  return group;
}

/** Arrows go along the buttons. @param {KeyboardEvent} event @param {HTMLButtonElement[]} buttons */
function moveFocus(event, buttons) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  if (!step || at < 0) return;
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length].focus();
}
