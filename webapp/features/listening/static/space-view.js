import { at } from "/static/js/url.js";
import { el } from "/static/js/dom.js";
import { avatar, qaMark } from "/static/js/avatar.js";
import { Stage } from "./stage-view.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

/** Reasons for the end of a Space that its page names. */
const TOLD_WHY = ["host_absent", "host_away"];

/** Title, stage and crowd of a Space. */
export class SpaceView {
  #ctx;
  #room;
  #stage;
  #title = el("h1");
  #with = el("span");
  #count = el("span", { className: "numbers" });
  #state = el("span", { className: "own-state" });
  #head;
  #crowd;
  #hearing = false;
  #late = false;
  #blocked = false;
  /** @type {(() => void)[]} */
  #off;

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    const meta = el("p", { className: "space-meta soft" }, this.#with, this.#count, this.#state);
    this.#head = el("div", { className: "space-head", hidden: true }, this.#title, meta);
    this.#crowd = el("ul", { className: "crowd", aria: { label: ctx.t("listening.crowd") }, hidden: true });
    ctx.slots.header.append(this.#head);
    ctx.slots.crowd.append(this.#crowd);
    this.#stage = new Stage(ctx, room);
    this.#off = [
      room.on("count", () => this.#drawCrowd()),
      room.on("stage", () => this.#drawState()),
      room.on("hearing", (hearing) => {
        this.#hearing = hearing;
        this.#drawState();
      }),
      room.on("blocked", (blocked) => {
        this.#blocked = blocked;
        this.#drawState();
      }),
      room.on("late", (late) => {
        this.#late = late;
        this.#drawState();
      }),
    ];
  }

  /** @param {{title: string, host: {name: string}}} space */
  setSpace({ title, host }) {
    this.#title.textContent = title;
    this.#with.textContent = this.#ctx.t("listening.with", { name: host.name });
    this.#head.hidden = false;
    document.title = `${title} · Soundcheck`;
  }

  /** @param {string | null} because an error code of the server, or none when somebody ended it */
  showEnded(because) {
    const text = because && TOLD_WHY.includes(because) ? `listening.ended_${because}` : "listening.ended_more";
    this.#showInstead("listening.ended", text, el("a", { className: "button primary", href: at("/"), textContent: this.#ctx.t("listening.to_lobby") }));
  }

  showElsewhere() {
    const here = el("button", {
      className: "button primary",
      textContent: this.#ctx.t("listening.here"),
      on: { click: () => location.reload() },
    });
    this.#showInstead("listening.elsewhere", "listening.elsewhere_more", here);
  }

  close() {
    this.#off.forEach((step) => step());
    this.#stage.close();
    this.#head.remove();
    this.#crowd.remove();
  }

  /** @param {string} title @param {string} text @param {HTMLElement} action */
  #showInstead(title, text, action) {
    const { t, slots, announce } = this.#ctx;
    const panel = el(
      "div",
      { className: "farewell" },
      el("h1", { textContent: t(title) }),
      el("p", { className: "soft", textContent: t(text) }),
      action,
    );
    slots.header.append(panel);
    announce(t(title));
  }

  #drawCrowd() {
    const { listeners, crowd } = this.#room;
    this.#count.textContent = this.#ctx.t("listening.count", { count: listeners });
    const more = listeners - crowd.length;
    const people = crowd.map((person) => el("li", { title: person.name }, avatar(person), el("span", { className: "unseen", textContent: person.name }), qaMark(person)));
    if (more > 0) people.push(el("li", { className: "crowd-more soft small numbers", textContent: this.#ctx.t("listening.more", { more }) }));
    this.#crowd.replaceChildren(...people);
    this.#crowd.hidden = people.length === 0;
  }

  #drawState() {
    const hearing = this.#late ? "late" : "on";
    const silent = this.#blocked ? "blocked" : "off";
    const state = this.#room.isOnStage(this.#ctx.me.id) ? "stage" : this.#hearing ? hearing : silent;
    this.#state.textContent = this.#ctx.t(`listening.state.${state}`);
    this.#state.dataset.state = state;
  }
}
