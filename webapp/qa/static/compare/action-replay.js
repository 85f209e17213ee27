import { controlOf, find, nameOf, roleOf } from "./accessible-name.js";

/** @typedef {import("./pane.js").Pane} Pane */
/** @typedef {{name: string, role: string, pane: number, missing: number[]}} Act */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

const MOST_ACTS = 200;
const LONGEST = 80;
const FIELDS = ["textbox", "combobox", "slider"];

/** Repeats in all other panes what is done in one. Events: "act" when something was done. */
export class Mirror extends EventTarget {
  on = false;
  /** @type {Act[]} the oldest first */
  acts = [];
  #panes;

  /** @param {Pane[]} panes */
  constructor(panes) {
    super();
    this.#panes = panes;
    for (const pane of panes) pane.addEventListener("page", () => this.#follow(pane));
  }

  /** @param {Pane} pane */
  #follow(pane) {
    // What this page itself does in a pane is not trusted, and so is not repeated back.
    const handle = (/** @type {Event} */ event) => event.isTrusted && this.on && this.#handle(pane, event);
    pane.document.addEventListener("click", handle, true);
    pane.document.addEventListener("input", handle, true);
  }

  /** @param {Pane} pane @param {Event} event */
  #handle(pane, event) {
    const control = controlOf(event.target);
    if (!control) return;
    const [role, name] = [roleOf(control), nameOf(control)];
    // A field is repeated by what is in it, anything else by the click.
    if (FIELDS.includes(role) !== (event.type === "input")) return;
    const others = this.#panes.filter((other) => other !== pane);
    const missing = others.filter((other) => !repeat(control, find(other.document, role, name), event.type));
    this.#note({ name, role, pane: pane.number, missing: missing.map(({ number }) => number) });
  }

  /** @param {Act} act */
  #note(act) {
    const last = this.acts.at(-1);
    // Letter by letter it is still one thing.
    if (FIELDS.includes(act.role) && last?.name === act.name && last.pane === act.pane) this.acts.pop();
    this.acts.push({ ...act, name: act.name.slice(0, LONGEST), role: act.role.slice(0, LONGEST) });
    this.acts.splice(0, this.acts.length - MOST_ACTS);
    this.dispatchEvent(new Event("act"));
  }
}

/** @param {HTMLElement} from @param {HTMLElement | null} to @param {string} type of the event @returns {boolean} */
function repeat(from, to, type) {
  if (!to) return false;
  if (type === "click") {
    to.click();
  } else {
    /** @type {Field} */ (to).value = /** @type {Field} */ (from).value;
    for (const name of ["input", "change"]) to.dispatchEvent(new Event(name, { bubbles: true }));
  }
  return true;
}
