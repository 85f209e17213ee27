import { el } from "/static/js/dom.js";
import { translator } from "/static/js/i18n.js";
import { differencesOf } from "./differences.js";
import { Mirror } from "./action-replay.js";
import { Pane } from "./pane.js";
import { pictureOf } from "./screenshot.js";
import { PaneSound } from "./sound-facts.js";

/** @typedef {import("./differences.js").Difference} Difference */

const LOOK_MS = 1000;

const { strings, language } = JSON.parse(document.getElementById("compare")?.textContent ?? "{}");
const t = translator(strings, language);

/** The page: panes, and what stands beside them. */
class Comparison {
  #sections = [...document.querySelectorAll("section.pane")];
  #panes = this.#sections.map(
    (section, index) => new Pane(/** @type {HTMLIFrameElement} */ (section.querySelector("iframe")), index + 1),
  );
  #sounds = this.#panes.map((pane) => new PaneSound(pane));
  #mirror = new Mirror(this.#panes);
  #form = /** @type {HTMLFormElement} */ (document.getElementById("keep"));
  #status = /** @type {HTMLElement} */ (document.getElementById("kept"));
  /** @type {Blob | null} */
  #picture = null;
  #drawn = "";

  constructor() {
    this.#solos.forEach((solo, index) => solo.addEventListener("click", () => this.#hear(index)));
    const mirroring = /** @type {HTMLInputElement} */ (document.getElementById("mirror"));
    mirroring.addEventListener("change", () => (this.#mirror.on = mirroring.checked));
    this.#mirror.on = mirroring.checked;
    this.#mirror.addEventListener("act", () => this.#drawActs());
    document.getElementById("take")?.addEventListener("click", () => this.#takePicture());
    this.#form.addEventListener("submit", (event) => this.#handleKeep(event));
    setInterval(() => this.#look(), LOOK_MS);
  }

  get #solos() {
    return this.#sections.map((section) => /** @type {HTMLButtonElement} */ (section.querySelector("[data-solo]")));
  }

  /** @param {number} index of the pane that is heard from now on */
  #hear(index) {
    this.#panes.forEach((pane, place) => pane.setAudible(place === index));
    this.#solos.forEach((solo, place) => solo.setAttribute("aria-pressed", String(place === index)));
  }

  async #look() {
    this.#drawDifferences(differencesOf(this.#panes));
    for (const [index, section] of this.#sections.entries()) {
      const facts = await this.#factsOf(index);
      const rows = facts.flatMap(({ label, value }) => [
        el("dt", { textContent: label }),
        el("dd", { className: "numbers", textContent: value }),
      ]);
      section.querySelector("[data-sound]")?.replaceChildren(...rows);
    }
  }

  /** @param {number} index */
  async #factsOf(index) {
    const { firstMs } = this.#sounds[index];
    const first = { label: t("qa.compare.first_sound"), value: firstMs === null ? "–" : `${firstMs} ms` };
    return [first, ...(await this.#sounds[index].facts(t).catch(() => []))];
  }

  /** @param {Difference[]} differences */
  #drawDifferences(differences) {
    const drawing = JSON.stringify(differences);
    if (drawing === this.#drawn) return;
    this.#drawn = drawing;
    const parts = differences.flatMap(({ pane, kind, lines }) => [
      el("h3", { textContent: `${t(`qa.compare.${kind}`)}: ${t("qa.compare.between", { number: pane })}` }),
      el("pre", { className: "diff", tabIndex: 0, data: { kind, pane: String(pane) } }, ...lines.map(lineOf)),
    ]);
    const none = el("p", { className: "soft", textContent: t("qa.compare.same") });
    document.getElementById("found")?.replaceChildren(...(parts.length ? parts : [none]));
  }

  #drawActs() {
    const items = this.#mirror.acts.map(({ name, pane, missing }) =>
      el(
        "li",
        { textContent: `${t("qa.compare.act", { number: pane, name })} ` },
        missing.length ? el("strong", { textContent: t("qa.compare.missing", { panes: missing.join(", ") }) }) : null,
      ),
    );
    document.getElementById("mirrored")?.replaceChildren(...items);
  }

  async #takePicture() {
    this.#status.textContent = t("qa.compare.taking");
    try {
      this.#picture = await pictureOf(this.#panes, this.#titles);
      const image = el("img", { src: await addressOf(this.#picture), alt: t("qa.compare.picture") });
      document.getElementById("picture")?.replaceChildren(image);
      this.#status.textContent = t("qa.compare.taken");
    } catch (error) {
      console.warn("picture", error);
      this.#status.textContent = t("qa.compare.not_taken");
    }
  }

  get #titles() {
    return this.#sections.map((section) => section.querySelector("h2")?.textContent ?? "");
  }

  /** @param {Event} event */
  async #handleKeep(event) {
    event.preventDefault();
    if (!this.#picture) await this.#takePicture();
    const sent = new FormData(this.#form);
    sent.set("findings", JSON.stringify(await this.#findings()));
    if (this.#picture) sent.set("picture", this.#picture, "panes");
    try {
      const answer = await fetch(this.#form.action, { method: "POST", body: sent });
      this.#status.textContent = t(answer.ok ? "qa.compare.kept" : "qa.compare.not_kept");
    } catch {
      this.#status.textContent = t("qa.compare.not_kept");
    }
  }

  async #findings() {
    const panes = this.#sections.map(async (_, index) => ({
      first_sound_ms: this.#sounds[index].firstMs,
      sound: await this.#sounds[index].facts(t).catch(() => []),
    }));
    return { panes: await Promise.all(panes), differences: differencesOf(this.#panes), acts: this.#mirror.acts };
  }
}

/** @param {string} line */
function lineOf(line) {
  const look = line.startsWith("+") ? "only-here" : line.startsWith("-") ? "only-first" : "";
  return el("span", { className: look, textContent: `${line}\n` });
}

/** @param {Blob} blob @returns {Promise<string>} as a data address: what pages may show */
function addressOf(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.readAsDataURL(blob);
  });
}

new Comparison();
