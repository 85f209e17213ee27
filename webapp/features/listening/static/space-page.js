import { ListenControl } from "./listen-button.js";
import { Countdown } from "./countdown.js";
import { LockScreen } from "./media-session.js";
import { Stats } from "./stats-upload.js";
import { SpaceView } from "./space-view.js";
import { Ways } from "./playback-path.js";

/** @typedef {import("/types.js").Context} Context */
/** @typedef {import("/types.js").Refusal} Refusal */
/** @typedef {import("/assets/listening/space-state.js").Room} Room */

const JOIN_AGAIN_MS = 2000;
const OVER = ["not_found", "space_ended", "host_absent", "host_away"];
const SETTLED_ELSEWHERE = ["away", "unknown_event"];

/** The page of a Space: being in it, and passing on what the server tells of it. */
export class SpacePage {
  #ctx;
  #room;
  #view;
  #seat;
  #control;
  #countdown;
  #lockScreen;
  #timer = 0;
  #stats;
  #offMeter;
  #handleClick = (/** @type {MouseEvent} */ event) => this.#leaveBy(event);

  /** @param {Context} ctx @param {Room} room */
  constructor(ctx, room) {
    this.#ctx = ctx;
    this.#room = room;
    this.#view = new SpaceView(ctx, room);
    this.#countdown = new Countdown(ctx);
    this.#seat = new Ways(ctx);
    this.#seat.addEventListener("late", () => room.tell("late", this.#seat.late));
    this.#control = new ListenControl(ctx, room, this.#seat);
    this.#stats = new Stats(ctx, room, this.#seat);
    this.#lockScreen = new LockScreen(room, { play: () => this.#control.resume(), pause: () => this.#control.pause() });
    this.#offMeter = room.addMeter(() => this.#seat.level());
    document.addEventListener("click", this.#handleClick);
    this.#follow();
    this.join();
  }

  #follow() {
    const { on } = this.#ctx;
    const room = this.#room;
    on("connect", () => this.join());
    on("space.stage", ({ stage }) => room.setStage(stage));
    on("space.talking", ({ id, talking }) => room.setTalking(id, talking));
    on("space.count", ({ listeners, crowd }) => room.setCount(listeners, crowd));
    on("space.me", (me) => room.setMe(me));
    on("space.ending", (ending) => this.#handleEnding(ending));
    on("space.ended", ({ because }) => this.#handleEnded(because));
    on("space.elsewhere", () => this.#handleElsewhere());
    on("listening.lost", () => this.#control.handleLost());
    on("listening.move", () => this.#seat.comeOver());
    on("listening.arrived", () => this.#seat.arrived());
  }

  async join() {
    if (this.#room.over) return;
    clearTimeout(this.#timer);
    try {
      this.#handleJoined(await this.#ctx.request("space.join", { slug: this.#room.slug }));
    } catch (refusal) {
      this.#handleRefused(/** @type {Refusal} */ (refusal));
    }
  }

  /** @param {{space: any, me: import("/types.js").Me, held: string[], ice: RTCIceServer[]}} joined */
  #handleJoined({ space, me, held, ice }) {
    const before = this.#room.me;
    this.#room.held = held;
    this.#room.ice = ice;
    this.#seat.recheck(held);
    this.#view.setSpace(space);
    this.#lockScreen.describe(space.title, space.host.name);
    this.#room.setStage(space.stage);
    this.#room.setCount(space.listeners, space.crowd);
    this.#room.setMe(me);
    this.#countdown.show(space.ends_at ? space.seconds : null, space.away);
    this.#control.handleJoined();
    this.#room.join(before);
  }

  /** @param {Refusal} refusal */
  #handleRefused({ code }) {
    if (OVER.includes(code)) this.#handleEnded(code);
    else if (!SETTLED_ELSEWHERE.includes(code)) this.#timer = window.setTimeout(() => this.join(), JOIN_AGAIN_MS);
  }

  /** @param {{ends_at: string | null, seconds: number | null, away: boolean}} ending */
  #handleEnding({ ends_at: endsAt, seconds, away }) {
    this.#countdown.show(endsAt ? seconds : null, away);
    this.#room.tell("ending", { seconds });
  }

  /** A link out of the Space is a goodbye; those on stage may have slipped, and can come back. @param {MouseEvent} event */
  #leaveBy({ target, button, ctrlKey, metaKey, shiftKey }) {
    const sameTab = button === 0 && !ctrlKey && !metaKey && !shiftKey;
    const link = target instanceof Element && target.closest("a[href^='/']");
    if (!link || !sameTab || this.#room.isOnStage(this.#ctx.me.id)) return;
    this.#ctx.request("space.leave").catch(() => {});
  }

  /** @param {string | null} because */
  #handleEnded(because) {
    this.#finish();
    this.#view.showEnded(because);
  }

  #handleElsewhere() {
    this.#finish();
    this.#view.showElsewhere();
  }

  #finish() {
    this.close();
    this.#room.end();
  }

  close() {
    clearTimeout(this.#timer);
    document.removeEventListener("click", this.#handleClick);
    this.#offMeter();
    this.#lockScreen.close();
    this.#stats.close();
    this.#countdown.close();
    this.#control.close();
    this.#seat.drop();
    this.#view.close();
  }
}
