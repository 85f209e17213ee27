import { note } from "/static/js/diagnostics-log.js";
import { post } from "./post.js";

/** @typedef {import("./collect.js").Content & {text: string}} Report */

const AGAIN_MS = 15_000;
const MOST = 5;
const LASTS_MS = 7 * 24 * 3600 * 1000;

/** What will never be accepted, however often it is sent. */
const HOPELESS = [400, 403, 404, 413, 422];

/** @typedef {{outcome: "sent" | "kept" | "refused", message: string, busy?: boolean}} Answer */

/**
 * Sends reports by HTTP, whatever the socket does; what cannot be sent now stays in this browser, for this person, and
 * is sent when the server is there again. The server takes the same report once.
 */
export class Outbox {
  #key;
  #address;
  #sent;
  #timer = 0;
  #busy = false;

  /**
   * @param {string} person
   * @param {string} address of reports
   * @param {() => void} sent told when what was kept has been sent
   */
  constructor(person, address, sent) {
    this.#key = `soundcheck.reports.${person}`;
    this.#address = address;
    this.#sent = sent;
    addEventListener("online", () => this.#flush());
    this.#flush();
  }

  /** @param {Report} report @returns {Promise<Answer>} */
  async send(report) {
    const answer = await this.#post(report);
    if (answer.outcome === "kept") {
      if (!this.#save([...this.#load(), report].slice(-MOST))) return { ...answer, outcome: "refused" };
      this.#later();
    }
    return answer;
  }

  async #flush() {
    clearTimeout(this.#timer);
    if (this.#busy) return;
    this.#busy = true;
    let sent = 0;
    for (const report of this.#load()) {
      const { outcome, busy } = await this.#post(report);
      if (outcome === "kept" || busy) break;
      if (outcome === "sent") sent += 1;
      this.#save(this.#load().filter(({ id }) => id !== report.id));
    }
    this.#busy = false;
    if (sent > 0) this.#sent();
    if (this.#load().length > 0) this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#flush(), AGAIN_MS);
  }

  /** @param {Report} report @returns {Promise<Answer>} */
  async #post({ at, ...report }) {
    const waited = Math.max(0, Math.round((Date.now() - at) / 1000));
    try {
      const answer = await post(this.#address, this.#address, { ...report, waited });
      if (answer.ok) return { outcome: "sent", message: "" };
      note("request", `report: ${answer.status}`);
      const { title } = await answer.json().catch(() => ({}));
      const hopeless = HOPELESS.includes(answer.status);
      // Too many: for the person to know, when they are there; what was kept waits on.
      const busy = answer.status === 429;
      return { outcome: hopeless || busy ? "refused" : "kept", message: title ?? "", busy };
    } catch {
      note("request", "report: no answer");
      return { outcome: "kept", message: "" };
    }
  }

  /** @returns {Report[]} */
  #load() {
    try {
      /** @type {Report[]} */
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      return kept.filter(({ at }) => Date.now() - at < LASTS_MS);
    } catch {
      return [];
    }
  }

  /** @param {Report[]} reports @returns {boolean} false where this browser keeps nothing */
  #save(reports) {
    try {
      if (reports.length) localStorage.setItem(this.#key, JSON.stringify(reports));
      else localStorage.removeItem(this.#key);
      return true;
    } catch {
      return false;
    }
  }
}
