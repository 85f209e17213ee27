import { Delivery } from "/static/js/delivery.js";
import { intentsOf } from "/static/js/intents.js";
import { OnStage } from "../_shared/microphone/onstage.js";
import { EndSpace } from "./end-space.js";
import { HearingLine } from "./listener-quality.js";
import { KeepGoing } from "./continue-without-host.js";
import { PeoplePanel } from "./people-panel.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Person} Person */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {{runs: boolean, leads: boolean}} Place whether one runs the Space, and may end it */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

/** @param {import("./people-panel.js").Act} act @param {Person} person @returns {[string, object]} */
function actOn(act, person) {
  const made = act === "cohost";
  if (made || act === "speaker") return ["hosting.cohost", { person: person.id, co_host: made }];
  return [`hosting.${act}`, { person: person.id }];
}

/** In a Space that one runs: those who ask, those on stage; for its host the microphone and the end as well. */
export class HostPage {
  #ctx;
  #room;
  #mic;
  #panel;
  #hearing;
  #keep;
  #end;
  #intents;
  #ending;
  #off;
  /** @type {Person[]} */
  #queue = [];
  /** @type {string[]} ids of those on stage who could run a Space */
  #helpers = [];
  /** @type {Place} */
  #place = { runs: false, leads: false };

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#mic = new OnStage(ctx, room);
    this.#panel = new PeoplePanel(ctx, (act, person) => this.#act(...actOn(act, person)));
    this.#hearing = new HearingLine(ctx);
    this.#keep = new KeepGoing(ctx, (goesOn) => this.#act("hosting.keep", { goes_on: goesOn }));
    this.#intents = intentsOf(room.slug, ctx.me.id);
    this.#ending = new Delivery(ctx.request, "hosting.end", {
      delivered: () => {},
      refused: (refusal) => this.#handleEndRefused(refusal),
      delayed: () => ctx.toast(ctx.t("hosting.end_delayed")),
    });
    this.#end = new EndSpace(ctx, () => this.#handleEnd());
    this.#off = [
      room.on("me", () => this.#render()),
      room.on("stage", () => this.#render()),
      room.on("joined", () => this.#handleJoined()),
      room.on("ended", () => this.close()),
      ctx.on("hosting.place", (place) => this.#handlePlace(place)),
      ctx.on("hosting.queue", ({ people, helpers }) => this.#handleQueue(people, helpers)),
    ];
    this.#render();
    if (room.joined) this.#catchUp();
  }

  close() {
    this.#off.splice(0).forEach((step) => step());
    this.#ending.cancel();
    this.#mic.close();
    this.#panel.close();
    this.#hearing.close();
    this.#keep.close();
    this.#end.close();
  }

  get #isHost() {
    return this.#room.me.role === "host";
  }

  #handleJoined() {
    if (this.#intents.has("ended")) this.#ending.send();
    this.#catchUp();
  }

  /** Nothing is sent from here any more, however long it takes until the server knows. */
  #handleEnd() {
    this.#intents.set("ended");
    this.#render();
    this.#ending.send();
  }

  /** The Space goes on, and is not this person's to end any more: they are muted in it, and told why. @param {Refusal} refusal */
  #handleEndRefused({ message }) {
    this.#intents.set("muted");
    this.#intents.set("ended", false);
    this.#ctx.toast(message);
    this.#render();
  }

  async #catchUp() {
    try {
      this.#handlePlace(await this.#ctx.request("hosting.where"));
      if (!this.#place.runs) return;
      const { people, helpers, goes_on: goesOn } = await this.#ctx.request("hosting.people");
      this.#queue = people;
      this.#helpers = helpers;
      this.#keep.set(goesOn);
      this.#render();
    } catch {
      // Away: asked again when the Space is joined again.
    }
  }

  /** @param {Place} place */
  #handlePlace(place) {
    if (place.runs && !this.#place.runs && !this.#isHost) this.#ctx.toast(this.#ctx.t("hosting.you_run"));
    this.#place = place;
    this.#render();
  }

  /** @param {Person[]} people @param {string[]} helpers */
  #handleQueue(people, helpers) {
    this.#helpers = helpers;
    const known = new Set(this.#queue.map((person) => person.id));
    const news = people.filter((person) => !known.has(person.id));
    this.#queue = people;
    if (this.#place.runs && news.length) this.#ctx.toast(this.#ctx.t("hosting.asks", { name: news[0].name }));
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
    const ended = this.#intents.has("ended");
    if (!this.#isHost) this.#mic.leave();
    else if (ended) this.#mic.withdraw();
    else this.#mic.enter();
    const { runs, leads } = this.#place;
    this.#end.show(leads && !ended);
    this.#keep.show(this.#isHost);
    this.#hearing.show(runs);
    const others = this.#room.stage.filter((person) => person.id !== this.#ctx.me.id && person.role !== "host");
    this.#panel.show(runs, this.#queue, others, this.#isHost ? this.#helpers : null);
  }
}
