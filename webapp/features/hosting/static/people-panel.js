import { button, el } from "/static/js/dom.js";
import { avatar, qaMark } from "/static/js/people.js";

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
  /** What is drawn, so that a focused button is not replaced by its twin. */
  #drawn = "";

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
    const drawing = JSON.stringify([queue, others.map(({ id, name, muted, runs }) => [id, name, muted, runs]), helpers]);
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    const focused = this.#panel.contains(document.activeElement);
    this.#asking.fill(queue.map((person) => this.#row(person, ["accept", "decline"])));
    this.#onStage.fill(others.map((person) => this.#row(person, actsOn(person, helpers))));
    if (focused) this.#panel.querySelector("button")?.focus();
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
  /** @param {HTMLElement[]} items */
  const fill = (items) => {
    list.replaceChildren(...items);
    node.hidden = items.length === 0;
  };
  return { node, fill };
}
