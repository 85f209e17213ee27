import { el, icon } from "/static/js/dom.js";
import { avatar, qaMark } from "/static/js/avatar.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").OnStage} OnStage */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

const MEASURE_MS = 120;
const SILENT = "M4 4l16 16M9 9v3a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-5.6-1.5M6 11a6 6 0 0 0 9.3 5M18 11a6 6 0 0 1-.6 2.6M12 17v4";
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** The circles of those on stage. A circle stays the same element as long as its person is there. */
export class Stage {
  #ctx;
  #room;
  #list;
  #section;
  /** @type {Map<string, HTMLElement>} */
  #items = new Map();
  #timer = 0;
  #off;

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#list = el("ul", { className: "stage" });
    this.#section = el("section", { className: "stage-light", aria: { label: ctx.t("listening.stage") } }, this.#list);
    ctx.slots.stage.append(this.#section);
    this.#off = [
      room.on("stage", () => this.#draw()),
      room.on("talking", ({ id }) => this.#drawTalking(id)),
    ];
    this.#timer = window.setInterval(() => this.#measure(), MEASURE_MS);
  }

  close() {
    clearInterval(this.#timer);
    this.#off.forEach((step) => step());
    this.#section.remove();
    this.#room.setTiles(new Map());
  }

  #draw() {
    const people = this.#room.stage;
    const items = people.map((person) => this.#items.get(person.id) ?? this.#item(person));
    this.#items = new Map(people.map((person, index) => [person.id, items[index]]));
    this.#keepOrder(items);
    for (const person of people) {
      this.#drawPart(person);
      this.#drawTalking(person.id);
    }
    this.#section.dataset.few = String(people.length <= 2);
    this.#room.setTiles(new Map([...this.#items].map(([id, item]) => [id, /** @type {HTMLElement} */ (item.firstElementChild)])));
  }

  /** Moves only what must move, so that a focus inside a circle is kept. @param {HTMLElement[]} items */
  #keepOrder(items) {
    for (const old of [...this.#list.children]) if (!items.includes(/** @type {HTMLElement} */ (old))) old.remove();
    items.forEach((item, index) => {
      if (this.#list.children[index] !== item) this.#list.insertBefore(item, this.#list.children[index] ?? null);
    });
  }

  /** @param {OnStage} person */
  #item(person) {
    const silent = el("span", { className: "tile-silent" }, icon(SILENT), el("span", { className: "unseen", textContent: this.#ctx.t("listening.silent") }));
    return el(
      "li",
      { className: "tile" },
      el("div", { className: "tile-circle" }, avatar(person), silent),
      el("span", { className: "tile-name", textContent: this.#name(person) }),
      qaMark(person),
      el("span", { className: "tile-part small soft" }),
      el("span", { className: "tile-talking small" }),
    );
  }

  /** @param {OnStage} person */
  #name({ id, name }) {
    return id === this.#ctx.me.id ? this.#ctx.t("listening.you", { name }) : name;
  }

  /** @param {OnStage} person */
  #drawPart({ id, role, runs }) {
    const part = role === "host" ? "listening.leads" : runs ? "listening.helps" : null;
    const node = /** @type {HTMLElement} */ (this.#items.get(id)?.querySelector(".tile-part"));
    node.textContent = part ? this.#ctx.t(part) : "";
  }

  /** @param {string} id */
  #drawTalking(id) {
    const person = this.#room.stage.find((one) => one.id === id);
    const item = this.#items.get(id);
    if (!person || !item) return;
    const silent = person.muted;
    item.dataset.talking = String(person.talking && !silent);
    /** @type {HTMLElement} */ (item.querySelector(".tile-silent")).hidden = !silent;
    /** @type {HTMLElement} */ (item.lastElementChild).textContent = person.talking && !silent ? this.#ctx.t("listening.talking") : "";
    this.#section.dataset.lit = String(this.#room.stage.some((one) => one.talking));
  }

  /** Rings follow what is heard; nothing is measured in silence or where motion is unwelcome. */
  async #measure() {
    const talking = this.#room.stage.filter((person) => person.talking);
    if (talking.length === 0 || stillness.matches || document.hidden) return;
    const level = Math.min(1, Math.sqrt(await this.#room.level()) * 1.5);
    for (const { id } of talking) this.#items.get(id)?.style.setProperty("--level", level.toFixed(2));
  }
}
