import { Connection } from "/static/js/connection.js";
import { button, el } from "/static/js/dom.js";
import { translator } from "/static/js/i18n.js";
import { playWhereChosen } from "/static/js/audio-output.js";
import { melody } from "./check-tone.js";
import { reachesRelay, TryOut } from "./connectivity-check.js";
import { judgeVoice, judgeWay, worst } from "./check-verdict.js";
import { Choices } from "./device-pickers.js";
import { Meter } from "./meter.js";
import { Microphone } from "./microphone.js";
import { Voice } from "./voice-activity.js";

/** @typedef {import("./check-verdict.js").Verdict} Verdict */

const RECORD_MS = 4000;

/** Before going on stage: being heard, hearing, and the way between. */
class SoundCheck {
  #t;
  #request;
  #ice;
  #microphone = new Microphone();
  #meter;
  #choices;
  /** @type {Voice | null} */
  #voice = null;
  /** Loudness while it records. @type {{level: number, talking: boolean}[] | null} */
  #levels = null;
  #sound = playWhereChosen(new Audio());
  #recording = "";
  #record;
  #again;
  #status = el("p", { className: "check-status", role: "status" });
  #begin;
  #trouble = el("p", { className: "check-trouble", role: "alert", hidden: true });
  #output;
  #answers;
  #lists = { voice: list(), output: list(), way: list() };
  /** @type {Map<string, Verdict[]>} */
  #verdicts = new Map();

  /**
   * @param {HTMLElement} place
   * @param {import("/types.js").Translate} t
   * @param {(event: string, data?: object) => Promise<any>} request
   * @param {RTCIceServer[]} ice
   */
  constructor(place, t, request, ice) {
    this.#t = t;
    this.#request = request;
    this.#ice = ice;
    this.#meter = new Meter(t);
    this.#choices = new Choices(t, { changed: () => this.#open(), failed: (text) => this.#fail(text) });
    this.#begin = button(t("onstage.check_begin"), { look: "primary", click: () => this.#start() });
    this.#record = button(t("onstage.check_record"), { look: "primary", click: () => this.#handleRecord() });
    this.#again = button(t("onstage.check_again"), { click: () => this.#play(this.#recording) });
    this.#output = button(t("onstage.check_play"), { click: () => this.#handlePlay() });
    this.#answers = el(
      "div",
      { className: "row", hidden: true },
      el("span", { textContent: t("onstage.check_heard_question") }),
      button(t("onstage.check_heard"), { look: "small", click: () => this.#handleHeard(true) }),
      button(t("onstage.check_unheard"), { look: "small", click: () => this.#handleHeard(false) }),
    );
    this.#again.hidden = true;
    this.#microphone.addEventListener("track", () => this.#handleTrack());
    for (const event of ["trouble", "switched", "kept"]) {
      this.#microphone.addEventListener(event, (told) => this.#handleMicrophone(event, /** @type {CustomEvent} */ (told).detail));
    }
    place.append(this.#status, this.#trouble, this.#begin);
  }

  async #start() {
    this.#microphone.start(false);
    if (!(await this.#open()) || !this.#begin.isConnected) return;
    const t = this.#t;
    this.#begin.replaceWith(
      part(t("onstage.check_voice"), this.#meter.element, el("p", { className: "soft", textContent: t("onstage.check_voice_more") }), el("div", { className: "row" }, this.#record, this.#again), this.#lists.voice),
      part(t("onstage.check_output"), el("div", { className: "row" }, this.#output), this.#answers, this.#lists.output),
      part(t("onstage.check_way"), el("p", { className: "soft", textContent: t("onstage.check_way_more") }), this.#lists.way),
      part(t("onstage.check_devices"), this.#choices.element),
    );
    this.#record.focus();
  }

  /** @returns {Promise<boolean>} whether there is a microphone now */
  async #open() {
    try {
      await this.#microphone.settle();
      this.#fail("");
      this.#choices.refresh();
      return true;
    } catch (error) {
      this.#handleMicrophone("trouble", { trouble: /** @type {any} */ (error).trouble ?? "failed" });
      return false;
    }
  }

  #handleTrack() {
    this.#voice?.close();
    this.#voice = null;
    this.#meter.quiet();
    const { track } = this.#microphone;
    this.#record.disabled = !track;
    if (!track) return;
    this.#voice = new Voice(track, (level, talking) => {
      this.#meter.show(level, talking);
      this.#levels?.push({ level, talking });
    });
  }

  /** @param {string} event @param {any} detail */
  #handleMicrophone(event, detail) {
    if (event === "trouble") this.#fail(`${this.#t(`onstage.${detail.trouble}`)} ${this.#t(`onstage.${detail.trouble}_do`)}`);
    else this.#fail(this.#t(`onstage.${event}`, detail));
  }

  async #handleRecord() {
    const { track } = this.#microphone;
    if (!track) return;
    this.#record.disabled = true;
    this.#again.hidden = true;
    this.#say("onstage.check_connecting");
    const tryOut = new TryOut(this.#request, this.#ice);
    try {
      const relay = reachesRelay(this.#ice);
      const back = await tryOut.connect(track).catch((error) => (console.warn("check", error.code ?? error.message), null));
      await this.#take(back ?? new MediaStream([track]));
      this.#judge("way", judgeWay(back ? await tryOut.measure(await relay) : { route: "none", loss: 0, delay: 0, relay: null }));
      this.#again.hidden = false;
      await this.#play(this.#recording);
    } finally {
      tryOut.close();
      this.#record.disabled = !this.#microphone.track;
    }
  }

  /** @param {MediaStream} stream */
  async #take(stream) {
    this.#say("onstage.check_recording");
    this.#levels = [];
    const blob = await recorded(stream);
    const levels = this.#levels ?? [];
    this.#levels = null;
    URL.revokeObjectURL(this.#recording);
    this.#recording = URL.createObjectURL(blob);
    const loud = levels.filter(({ talking }) => talking).map(({ level }) => level);
    loud.sort((one, other) => one - other);
    this.#judge("voice", [judgeVoice({ talked: loud.length > 0, level: loud[Math.floor(loud.length / 2)] ?? 0 })]);
  }

  #handlePlay() {
    this.#answers.hidden = false;
    this.#play(URL.createObjectURL(melody()));
  }

  /** @param {boolean} heard */
  #handleHeard(heard) {
    this.#answers.hidden = true;
    this.#output.focus();
    this.#judge("output", [heard ? { state: "good", key: "onstage.output_good" } : { state: "bad", key: "onstage.output_none" }]);
  }

  /** @param {string} address */
  async #play(address) {
    this.#sound.src = address;
    await this.#sound.play().catch(() => this.#fail(this.#t("onstage.output_failed")));
  }

  /** @param {"voice" | "output" | "way"} about @param {Verdict[]} verdicts */
  #judge(about, verdicts) {
    this.#verdicts.set(about, verdicts);
    this.#lists[about].replaceChildren(...verdicts.map((verdict) => line(this.#t, verdict)));
    const missing = Object.keys(this.#lists).filter((name) => !this.#verdicts.has(name));
    const state = worst([...this.#verdicts.values()].flat());
    if (state === "good" && missing.length) this.#say("onstage.check_so_far");
    else this.#say(`onstage.check_${state}`);
    this.#status.dataset.state = missing.length && state === "good" ? "" : state;
  }

  /** @param {string} key */
  #say(key) {
    this.#status.textContent = this.#t(key);
    this.#status.dataset.state = "";
  }

  /** @param {string} text */
  #fail(text) {
    this.#trouble.textContent = text;
    this.#trouble.hidden = !text;
  }
}

/** Some seconds of a stream, as a file. @param {MediaStream} stream @returns {Promise<Blob>} */
function recorded(stream) {
  const recorder = new MediaRecorder(stream);
  /** @type {Blob[]} */
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const done = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  setTimeout(() => recorder.stop(), RECORD_MS);
  return done.then(() => new Blob(pieces, { type: recorder.mimeType }));
}

/** @param {string} title @param {...HTMLElement} children */
function part(title, ...children) {
  return el("section", { className: "check-part" }, el("h2", { textContent: title }), ...children);
}

function list() {
  return el("ul", { className: "verdicts", aria: { live: "polite" } });
}

/** @param {import("/types.js").Translate} t @param {Verdict} verdict */
function line(t, { state, key, vars }) {
  return el("li", { data: { state } }, el("strong", { textContent: t(`onstage.state_${state}`) }), ` ${t(key, vars)}`);
}

const start = JSON.parse(document.getElementById("start")?.textContent ?? "{}");
const t = translator(start.strings, start.language);
const connection = new Connection(t);
const place = /** @type {HTMLElement} */ (document.getElementById("check"));
new SoundCheck(place, t, (event, data) => connection.request(event, data), start.ice);
connection.on("features.changed", async () => {
  // The page may not be this person's any more: then the server says so.
  if (!(await fetch(location.pathname, { method: "HEAD" })).ok) location.reload();
});
connection.open();
/** @type {HTMLElement} */ (document.getElementById("main")).dataset.ready = "";
