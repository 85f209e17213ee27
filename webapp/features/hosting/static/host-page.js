import { OnStage } from "/assets/onstage/onstage.js";
import { EndSpace } from "./end-space.js";
import { PeoplePanel } from "./people-panel.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/room.js").Room} Room */

/** In one's own Space: the microphone, those who ask, those on stage, the end. */
export class HostPage {
  #ctx;
  #room;
  #place;
  #panel;
  #end;
  #off;
  /** @type {Person[]} */
  #queue = [];

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#place = new OnStage(ctx, room);
    this.#panel = new PeoplePanel(ctx, (act, person) => this.#act(`hosting.${act}`, { person: person.id }));
    this.#end = new EndSpace(ctx, () => this.#act("hosting.end"));
    this.#off = [
      room.on("me", () => this.#render()),
      room.on("stage", () => this.#render()),
      room.on("joined", () => this.#catchUp()),
      room.on("ended", () => this.close()),
      ctx.on("hosting.queue", ({ people }) => this.#handleQueue(people)),
    ];
    this.#render();
    if (room.joined) this.#catchUp();
  }

  close() {
    this.#off.splice(0).forEach((step) => step());
    this.#place.close();
    this.#panel.close();
    this.#end.close();
  }

  get #isHost() {
    return this.#room.me.role === "host";
  }

  async #catchUp() {
    if (!this.#isHost) return;
    try {
      const { people } = await this.#ctx.request("hosting.people");
      this.#queue = people;
      this.#render();
    } catch {
      // Away: asked again when the Space is joined again.
    }
  }

  /** @param {Person[]} people */
  #handleQueue(people) {
    const known = new Set(this.#queue.map((person) => person.id));
    const news = people.filter((person) => !known.has(person.id));
    this.#queue = people;
    if (this.#isHost && news.length) this.#ctx.toast(this.#ctx.t("hosting.asks", { name: news[0].name }));
    this.#render();
  }

  /** @param {string} event @param {object} [data] */
  async #act(event, data) {
    try {
      await this.#ctx.request(event, data);
    } catch (refusal) {
      this.#ctx.toast(/** @type {Refusal} */ (refusal).message);
      this.#catchUp();
    }
  }

  #render() {
    if (this.#isHost) this.#place.enter();
    else this.#place.leave();
    this.#end.show(this.#isHost);
    const others = this.#room.stage.filter((person) => person.id !== this.#ctx.me.id);
    this.#panel.show(this.#isHost, this.#queue, others);
  }
}
