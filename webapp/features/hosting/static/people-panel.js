import { button, el } from "/static/js/dom.js";
import { avatar, qaMark } from "/static/js/avatar.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {import("/types.js").OnStage} OnStage */
/** @typedef {"accept" | "decline" | "mute" | "remove" | "cohost" | "speaker"} Act */

/** Those who ask to come on stage, and those who are there, each with what the host can do. */
export class PeoplePanel {
  #ctx;
  #act;
  #panel;
  #asking;
  #onStage;
  /** By what they say, so that no button is replaced by its twin under a finger. @type {Map<string, HTMLElement>} */
  #rows = new Map();

  /** @param {Context} ctx @param {(act: Act, person: Person) => void} act */
  constructor(ctx, act) {
    this.#ctx = ctx;
    this.#act = act;
    this.#asking = section(ctx.t("hosting.queue"));
    this.#onStage = section(ctx.t("hosting.on_stage"));
    this.#panel = el("div", { className: "panel", hidden: true }, this.#asking.node, this.#onStage.node);
    ctx.slots.side.append(this.#panel);
  }

  /** @param {boolean} shown @param {Person[]} queue @param {OnStage[]} others @param {string[] | null} helpers who can be made a co-host; null: not by this person */
  show(shown, queue, others, helpers) {
    this.#panel.hidden = !shown || queue.length + others.length === 0;
    const before = this.#rows;
    this.#rows = new Map();
    const focused = this.#panel.contains(document.activeElement);
    /** @param {Person} person @param {Act[]} acts */
    const row = (person, acts) => {
      const says = JSON.stringify([person.id, person.name, person.qa, acts]);
      const node = before.get(says) ?? this.#row(person, acts);
      this.#rows.set(says, node);
      return node;
    };
    this.#asking.fill(queue.map((person) => row(person, ["accept", "decline"])));
    this.#onStage.fill(others.map((person) => row(person, actsOn(person, helpers))));
    if (focused && !this.#panel.contains(document.activeElement)) this.#panel.querySelector("button")?.focus();
  }

  close() {
    this.#panel.remove();
  }

  /** @param {Person} person @param {Act[]} acts */
  #row(person, acts) {
    const { t } = this.#ctx;
    const buttons = acts.map((act) =>
      button(t(`hosting.${act}`), {
        look: act === "accept" ? "small primary" : "small",
        label: t(`hosting.${act}_name`, { name: person.name }),
        click: () => this.#act(act, person),
      }),
    );
    return el("li", {}, avatar(person), el("span", { className: "who", textContent: person.name }), qaMark(person), el("div", { className: "row" }, ...buttons));
  }
}

/** @param {OnStage} person @param {string[] | null} helpers @returns {Act[]} */
function actsOn(person, helpers) {
  /** @type {Act[]} */
  const acts = person.muted ? ["remove"] : ["mute", "remove"];
  if (helpers && person.runs) acts.push("speaker");
  else if (helpers?.includes(person.id)) acts.push("cohost");
  return acts;
}

/** @param {string} title */
function section(title) {
  const list = el("ul", { className: "people" });
  const node = el("section", { aria: { label: title } }, el("h2", { textContent: title }), list);
  /** Moves only what must move: whatever is moved loses the focus. @param {HTMLElement[]} items */
  const fill = (items) => {
    for (const old of [...list.children]) if (!items.includes(/** @type {HTMLElement} */ (old))) old.remove();
    items.forEach((item, at) => {
      if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
    });
    node.hidden = items.length === 0;
  };
  return { node, fill };
}
