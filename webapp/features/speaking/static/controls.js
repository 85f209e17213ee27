import { OnStage } from "../_shared/microphone/onstage.js";
import { at } from "/static/js/url.js";
import { Delivery } from "/static/js/delivery.js";
import { button, el, icon } from "/static/js/dom.js";
import { intentsOf } from "/static/js/intents.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */
/** @typedef {"none" | "asked" | "accepted" | "declined" | "removed"} State */

const HAND = "M7 12V6.5a1.5 1.5 0 0 1 3 0V11m0-1V5a1.5 1.5 0 0 1 3 0v6m0-4.5a1.5 1.5 0 0 1 3 0V13m0-3a1.5 1.5 0 0 1 3 0v4.5a6.5 6.5 0 0 1-6.5 6.5c-2.5 0-4-1-5.5-3.5L5 14.5a1.5 1.5 0 0 1 2.6-1.5l1.4 1.5";
const DOWN = "M12 4v14m-6-6 6 6 6-6";

/** From the wish to speak to leaving the stage. */
export class SpeakingControls {
  #ctx;
  #room;
  #place;
  #ask;
  #leave;
  #check;
  #asked = false;
  #intents;
  #leaving;
  #off;

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#place = new OnStage(ctx, room);
    this.#intents = intentsOf(room.slug, ctx.me.id);
    this.#leaving = new Delivery(ctx.request, "speaking.leave", {
      delivered: () => {},
      refused: () => {},
      delayed: () => ctx.toast(ctx.t("onstage.silent_here")),
    });
    const handleIntents = () => this.#render();
    this.#intents.addEventListener("change", handleIntents);
    this.#ask = button("", { path: HAND, click: () => this.#handleAsk() });
    this.#leave = button(ctx.t("speaking.leave"), { path: DOWN, click: () => this.#handleLeave() });
    // In a window of its own: who waits goes on hearing the Space.
    this.#check = el("a", { className: "button", href: at("/check"), target: "_blank", textContent: ctx.t("onstage.check") });
    ctx.slots.actions.append(this.#ask, this.#check, this.#leave);
    this.#off = [
      () => this.#intents.removeEventListener("change", handleIntents),
      room.on("me", () => this.#render()),
      room.on("joined", (before) => this.#handleJoined(before)),
      room.on("ended", () => this.close()),
      ctx.on("speaking.state", ({ state }) => this.#handleState(state)),
    ];
    this.#render();
    if (room.joined) this.#catchUp();
  }

  close() {
    this.#off.splice(0).forEach((step) => step());
    this.#leaving.cancel();
    this.#place.close();
    this.#ask.remove();
    this.#check.remove();
    this.#leave.remove();
  }

  /** @param {import("/types.js").Me} before what this page knew of its person's place before */
  #handleJoined(before) {
    const { me } = this.#room;
    const left = this.#intents.has("left");
    if (me.role === "speaker" && left) this.#leaving.send();
    if (before.role === "speaker" && me.role === "listener" && !left) {
      // Whoever steps down, or is brought down, goes on listening; only who was given up for gone does not.
      this.#ctx.toast(this.#ctx.t(me.listening ? "speaking.off_stage" : "speaking.away_too_long"));
    }
    this.#catchUp();
  }

  /** After joining, or when this feature opens in the middle: where do I stand? */
  async #catchUp() {
    try {
      const { state } = await this.#ctx.request("speaking.where");
      this.#asked = state === "asked";
      this.#render();
    } catch {
      // Away: asked again when the Space is joined again.
    }
  }

  /** @param {State} state */
  #handleState(state) {
    const { t, announce, toast } = this.#ctx;
    this.#asked = state === "asked";
    if (state === "accepted") announce(t("speaking.accepted"));
    if (state === "declined" || state === "removed") toast(t(`speaking.${state}`));
    this.#render();
  }

  async #handleAsk() {
    const asked = !this.#asked;
    this.#asked = asked;
    this.#render();
    const done = await this.#try(asked ? "speaking.request" : "speaking.cancel");
    if (done) this.#ctx.announce(this.#ctx.t(asked ? "speaking.asked" : "speaking.cancelled"));
    else this.#catchUp();
  }

  /** Silent here at once and for good, however long it takes until the server knows. */
  #handleLeave() {
    this.#intents.set("left");
    this.#leaving.send();
  }

  /** Off the stage. Whoever comes back to it must not be taken off again by a request whose answer was lost. */
  #handleLeft() {
    this.#leaving.cancel();
    this.#intents.set("left", false);
  }

  /** @param {string} event @returns {Promise<boolean>} */
  async #try(event) {
    try {
      await this.#ctx.request(event);
      return true;
    } catch (refusal) {
      this.#ctx.toast(/** @type {Refusal} */ (refusal).message);
      return false;
    }
  }

  #render() {
    const { role } = this.#room.me;
    if (role === "listener") this.#handleLeft();
    const left = this.#intents.has("left") || this.#intents.has("ended");
    if (role !== "speaker") this.#place.leave();
    else if (left) this.#place.withdraw();
    else this.#place.enter();
    this.#leave.hidden = role !== "speaker" || left;
    this.#ask.hidden = role !== "listener";
    this.#check.hidden = role !== "listener" || !this.#asked;
    const text = this.#ctx.t(this.#asked ? "speaking.cancel" : "speaking.request");
    this.#ask.replaceChildren(icon(HAND), el("span", { textContent: text }));
  }
}
